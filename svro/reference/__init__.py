"""Dated facts that others publish, in tables of our own with source and date: forces, courts, residents."""
