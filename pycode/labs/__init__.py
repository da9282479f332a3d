"""What a student's notebook imports: blanks, self-checks, locked predictions, data, notes and the run log.

Nothing here needs torch or the site; `start` looks at torch only when it is already installed.
"""

from pycode.labs.blank import BLANK, Blank
from pycode.labs.check import LabError, check, hidden
from pycode.labs.data import lab_data, smaller
from pycode.labs.notes import memo, note
from pycode.labs.plan import Plan, change_one, changed, checkpoint_folder, plan_for
from pycode.labs.predict import Prediction, predict
from pycode.labs.recorded import recorded_outputs
from pycode.labs.runlog import RunLog
from pycode.labs.start import start

__all__ = [
    "BLANK", "Blank", "LabError", "Plan", "Prediction", "RunLog", "change_one", "changed", "check",
    "checkpoint_folder", "hidden", "lab_data", "memo", "note", "plan_for", "predict", "recorded_outputs", "smaller", "start",
]  # fmt: skip
