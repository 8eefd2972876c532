"""Signing in by a provider (OpenID Connect): what is asked and what is believed."""

from observatoire.oidc.addresses import provider_routes

__all__ = ["provider_routes"]
