"""Run ``python -m hotspot.cli``."""

from hotspot.cli import main

main()
