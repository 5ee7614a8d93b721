"""Keep identifiers out: the tripwire over columns, and records that become area-only."""
