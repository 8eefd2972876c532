"""The pages, in the order in which the header names them."""

from __future__ import annotations

from observatoire.views import (
    accueil,
    carte,
    comparer,
    comptes,
    equipe,
    grilles,
    journal,
    methode,
    protocole,
    publications,
    quartier,
    retours,
    superposer,
)

RENDER = {
    page.__name__.rpartition(".")[2]: page.render
    for page in (
        accueil,
        carte,
        comparer,
        quartier,
        superposer,
        grilles,
        protocole,
        equipe,
        retours,
        journal,
        comptes,
        publications,
        methode,
    )
}
"""What renders a page, by its address."""
