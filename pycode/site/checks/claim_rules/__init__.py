"""The rules of `course check claims`, one file each; see `pycode/site/checks/claims.py`."""
