"""The networks of the papers as suggesters. They run from exported graphs; PyTorch is not imported here."""
