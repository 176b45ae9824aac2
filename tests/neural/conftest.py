import torch

torch.set_num_threads(1)  # as in the worker: on a busy machine two threads mostly wait for each other
