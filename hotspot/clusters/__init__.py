"""Local statistics: local Moran and Getis-Ord."""
