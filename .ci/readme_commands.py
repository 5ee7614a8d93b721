"""Print the README's one-line set-up commands for Linux and macOS, in their order."""

from __future__ import annotations

import re
from pathlib import Path

text = Path(__file__).parent.parent.joinpath("README.md").read_text(encoding="utf-8")
for block in re.findall(r"```sh\n(.*?)```", text, flags=re.DOTALL):
    for line in block.splitlines():
        if line.startswith("python3 -m venv"):
            print(line)  # noqa: T201 - the script's one result
