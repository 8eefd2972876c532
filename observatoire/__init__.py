"""A territorial observatory of priority neighbourhoods (QPV).

Data flows one way: files are read and validated, kept in PostGIS, computed into indicator layers,
protected by `observatoire.disclosure`, published, and only then drawn.
"""

__version__ = "0.1.0"
