"""Achievements on offer (供给库): what the asset is, what is listed, and how far along the listing is."""
