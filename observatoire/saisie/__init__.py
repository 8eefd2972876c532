"""The page « Saisie »: an outing and its observations, written on a phone in the street.

A page of our own, in plain HTML and modules of JavaScript, that opens and keeps entries without
network once visited. `desk` says what it needs from whoever keeps the entries; `shell` makes its
files; `routes` are its addresses.

On the phone: an entry is first put in a queue (IndexedDB), and only then said to be kept; it
leaves the queue when the server has answered that it holds that very identifier. The identifier is
drawn at random where the entry is made, so an entry sent twice is one entry.
"""

from observatoire.entries import Kept
from observatoire.saisie.desk import EntryDesk
from observatoire.saisie.routes import saisie_routes

__all__ = ["EntryDesk", "Kept", "saisie_routes"]
