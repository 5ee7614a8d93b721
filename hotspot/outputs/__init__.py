"""Write a release: page, GIS files, tables, records."""
