"""The networks by name."""

from __future__ import annotations

from jazzassist.training.literature.agarwal2018 import Agarwal2018, Agarwal2018Raw
from jazzassist.training.literature.jiang2019 import Jiang2019
from jazzassist.training.literature.layers import LiteratureNetwork
from jazzassist.training.literature.mangal2019 import Mangal2019
from jazzassist.training.literature.rokvic2021 import Rokvic2021

Build = type[Rokvic2021] | type[Mangal2019] | type[Agarwal2018] | type[Jiang2019]
_BUILDS: dict[str, Build] = {
    network.system.name: network for network in (Rokvic2021, Mangal2019, Agarwal2018, Agarwal2018Raw, Jiang2019)
}


def build(system: str, **sizes: int) -> LiteratureNetwork:
    """Build an untrained network. Raises KeyError for an unknown name, TypeError for sizes that it does not have."""
    return _BUILDS[system](**sizes)
