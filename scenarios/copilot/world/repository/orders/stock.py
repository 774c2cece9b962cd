"""What is left on the shelf."""


class OutOfStock(Exception):
    """An item is not there in the number asked for."""


def reserve(shelf: dict[str, int], item: str, count: int) -> None:
    """Take `count` of an item off the shelf. Raises OutOfStock, and takes nothing, if there are fewer."""
    if shelf.get(item, 0) < count:
        raise OutOfStock(item)
    shelf[item] -= count
