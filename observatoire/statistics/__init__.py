"""Official statistics: published file → validated figures. One module per family of publication.

`read_statistics` tells which publication a file is by its columns, never by its name; the name only
gives the year, when the columns do not.
"""

from observatoire.statistics.dispatch import read_any, read_statistics
from observatoire.statistics.reading import Asked, StatisticsReading

__all__ = ["Asked", "StatisticsReading", "read_any", "read_statistics"]
