"""Networks from the literature as suggesters. They run from exported graphs, without PyTorch."""
