"""From a run's config to its record: the one place where data, models, metrics and runs meet.

`runs/<id>/config.yml` names a kind of experiment, its data and its recipe. Each kind is one module
listed in `registry.KINDS`; it defines a frozen dataclass ``Recipe``, a constant ``RECORD_KIND`` and
a function ``run(job) -> Result``. To add a kind, write that module and its line in the registry.
"""

from pycode.experiment.runner import execute, pending
from pycode.experiment.types import Job, Result

__all__ = ["Job", "Result", "execute", "pending"]
