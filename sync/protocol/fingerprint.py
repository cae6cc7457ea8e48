"""Six words that stand for a till's key: read aloud at the till, compared by a person at the hub.

Both sides make them from the key itself. 48 bits would be few for a machine to search, so each
try costs a tenth of a second and 16 MiB (scrypt): finding another key with the same words takes
longer than anybody waits for an approval.
"""

from __future__ import annotations

from hashlib import scrypt
from typing import Final

_LISTED: Final = """
acorn actor alarm album amber angle ankle apple april apron arena arrow atlas attic autumn
axle bacon badge baker bamboo banjo barn basil basin beach beaver bench berry bishop blanket
bottle branch brick bridge bronze brush bucket butter cabin cable cactus camel camera candle
canoe canyon carbon carpet castle cedar cellar chalk cherry chess cliff clover cobalt cocoa
comet copper coral cotton cradle crane crayon cricket crown crystal cup curtain daisy dancer
desert diamond dinner doctor dolphin donkey dragon drum eagle easel echo elbow ember engine
envelope fabric falcon farmer feather fence fiddle field finger flag flute forest fossil
fountain fox garden garlic gate ginger glacier glove goose granite grape guitar hammer
harbor harvest hazel helmet herald hill honey horse hotel igloo island ivory jacket jaguar
jasmine jelly jewel jungle kayak kettle kitten knight ladder lagoon lamp lantern laurel
lemon lentil letter lily linen lizard llama lobster lotus magnet mango maple marble market
meadow melon mirror mitten monkey moose mosaic motor mountain museum mustard napkin needle
nickel nutmeg oak oasis ocean olive onion opera orange orchid otter oven oyster paddle
palace panda paper parrot pasta peach peanut pebble pencil pepper piano pillow pilot pirate
planet plum pocket pony poppy potato pumpkin puzzle quartz quilt rabbit radio raven ribbon
river robin rocket rose ruby saddle saffron sailor salmon sandal saturn scarf school shadow
silver singer spider spoon squirrel stable sugar summer sunset tailor tango teapot temple
thistle thunder tiger timber toast tomato torch tractor trumpet tulip tunnel turtle umbrella
valley velvet violin walnut willow window winter zebra
"""
_WORDS: Final = tuple(_LISTED.split())


def fingerprint(pubkey: str) -> str:
    """The six words of a public key (hex), with hyphens. Raises ValueError for no key at all."""
    key = bytes.fromhex(pubkey)
    if len(key) != 32:
        raise ValueError("an Ed25519 public key has 32 bytes")
    marks = scrypt(key, salt=b"HF-FINGERPRINT\x00", n=1 << 14, r=8, p=1, dklen=6)
    return "-".join(_WORDS[mark] for mark in marks)
