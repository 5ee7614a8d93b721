"""Run a whole analysis from one TOML file."""
