"""Run a whole analysis from one TOML file."""

from hotspot.study.account import account
from hotspot.study.evaluate import evaluate_study
from hotspot.study.model import Study, read_study
from hotspot.study.run import check_study, output_folder, run_study
from hotspot.study.template import write_template

__all__ = [
    "Study",
    "account",
    "check_study",
    "evaluate_study",
    "output_folder",
    "read_study",
    "run_study",
    "write_template",
]
