# SPDX-License-Identifier: GPL-3.0-or-later
"""What was found of each two types of router, of each variant, in one table; and kept in a file, so that what was
cut off goes on where it stood. `kept` is {variant: {"offline": {node: why}, "pairs": {"client -> node": result}}}."""
import json
import os

from paths_expected import CANNOT, MAY, MUST, reasons, ways

VARIANTS = {  # name: options of Matrix
    "IPv4": {},
    "IPv4 and IPv6": {"ipv6": True},
    "with port mapping": {"mapping": True},
    "with a TURN server": {"turn": True},
}
SHORT = {"address-restricted": "address-r", "port-restricted": "port-r", "port-preserving": "preserving",
         "carrier-grade": "carrier", "udp-blocked": "blocked"}
LETTERS = {"direct": "d", "port_mapped": "m", "same_lan": "l", "both_symmetric": "b", "symmetric_behind_strict": "s",
           "udp_blocked": "u", "peer_cannot": "c", "turn_relay": "t", "relay_only": "r", "probing": "p"}


def nothing():
    return {"offline": {}, "pairs": {}}


def name_of(pair):
    return " -> ".join(pair)


def read(path):
    if not path or not os.path.exists(path):
        return {}
    with open(path) as file:
        return json.load(file)


def write(path, kept):
    with open(f"{path}.new", "w") as file:
        json.dump(kept, file, indent=1)
    os.rename(f"{path}.new", path)


def judged(variant, pair):
    options = VARIANTS[variant]
    return ways(*pair, options.get("ipv6", False), options.get("mapping", False))


def is_right(variant, pair, result):
    mapping = VARIANTS[variant].get("mapping", False)
    return result["reason"] in reasons(*pair, result["path"], mapping)


def cell(variant, pair, found):
    result = found["pairs"].get(name_of(pair))
    if result is None:
        return "no exit" if pair[1] in found["offline"] else "-"
    if not result["path"]:
        return "NOT CONNECTED"
    direct, judgement = result["path"] == "direct", judged(variant, pair)
    mark = "!" if judgement == MUST and not direct else "+" if judgement == MAY and direct else ""
    letter = LETTERS.get(result["reason"], "?") + ("" if is_right(variant, pair, result) else "?")
    return f"{result['path']}{mark} {letter} {result['first']:.1f} {result['best']:.1f}"


def table(kept, clients, nodes):
    """All variants; a line for each type of router that a client is behind."""
    print("\npath, reason, seconds to the first byte, seconds to the best path")
    for variant in VARIANTS:
        if variant not in kept:
            continue
        print(f"\n{variant}\n{'client / node':<14}" + "".join(f"{SHORT.get(kind, kind):>17}" for kind in nodes))
        for client in clients:
            row = "".join(f"{cell(variant, (client, node), kept[variant]):>17}" for node in nodes)
            print(f"{SHORT.get(client, client):<14}{row}")
    print("\nreasons: " + ", ".join(f"{letter} {name}" for name, letter in LETTERS.items())
          + "\n!: must be direct; +: by guessing the next port; ?: not the reason that it is")


def summary(variant, found):
    """(How many are not connected, or not direct and must be, or direct and should not be able to; of how many the
    reason is wrong; of how many), and says so."""
    pairs = {tuple(name.split(" -> ")): result for name, result in found["pairs"].items()}
    connected = {pair: result for pair, result in pairs.items() if result["path"]}
    short = [pair for pair, result in connected.items()
             if judged(variant, pair) == MUST and result["path"] != "direct"]
    odd = [pair for pair, result in connected.items()
           if judged(variant, pair) == CANNOT and result["path"] == "direct"]
    wrong = [pair for pair, result in connected.items() if not is_right(variant, pair, result)]
    turned = sum(result["path"] == "turn" for result in connected.values())
    guessed = [pair for pair, result in connected.items()
               if judged(variant, pair) == MAY and result["path"] == "direct"]
    may = sum(judged(variant, pair) == MAY for pair in connected)
    late = sorted(result["best"] for result in connected.values() if result["path"] == "direct")
    print(f"{variant}: {len(pairs)} pairs, {len(pairs) - len(connected)} not connected; {len(late)} direct "
          f"({len(guessed)} of {may} by guessing), {turned} by TURN, {len(connected) - len(late) - turned} relayed; "
          f"{len(short)} not direct that must be, {len(odd)} direct that should not be able to; "
          f"the reason is right for {len(connected) - len(wrong)} of {len(connected)}"
          + (f"; seconds to the direct path: median {late[len(late) // 2]:.2f}, most {late[-1]:.2f}" if late else ""))
    for what, which in (("must be direct", short), ("should not be direct", odd), ("another reason", wrong)):
        for pair in which:
            print(f"  {what}: {name_of(pair)} {json.dumps(pairs[pair])}")
    for pair, result in pairs.items():
        if not result["path"]:
            print(f"  not connected: {name_of(pair)}: {result['error']}")
    for kind, why in found["offline"].items():
        print(f"  the node behind {kind} does not share: {why}")
    return len(pairs) - len(connected), len(short) + len(odd), len(wrong), len(pairs)
