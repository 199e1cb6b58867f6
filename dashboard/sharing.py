"""A bounded cache in which one answer is made once, however many people ask for it at the same moment.

``functools.lru_cache`` lets fifty sessions that open after a load each compute the same figure; here the first computes
and the others wait for it. A failure is told to all who waited and is not kept.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from functools import update_wrapper
from typing import Generic, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class Shared(Generic[P, T]):
    """``make`` with its last ``size`` answers kept by their arguments, which must be positional and hashable."""

    def __init__(self, make: Callable[P, T], size: int) -> None:
        self._make = make
        self.size = size
        self._lock = threading.Lock()
        self._kept: OrderedDict[Hashable, Future[T]] = OrderedDict()
        update_wrapper(self, make)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> T:
        if kwargs:
            raise TypeError(f"{self._make.__name__} is cached by position: name no argument")
        answer, mine = self._claim(args)
        if not mine:
            return answer.result()
        try:
            answer.set_result(self._make(*args, **kwargs))
        except BaseException as problem:
            self._forget(args, answer)
            answer.set_exception(problem)
            raise
        return answer.result()

    def _claim(self, key: Hashable) -> tuple[Future[T], bool]:
        """The answer to ``key``, made or under way, and whether the caller is the one to make it."""
        with self._lock:
            found = self._kept.get(key)
            if found is not None:
                self._kept.move_to_end(key)
                return found, False
            made = self._kept[key] = Future[T]()
            while len(self._kept) > self.size:
                self._kept.popitem(last=False)  # whoever waits for it holds it and still gets it
            return made, True

    def _forget(self, key: Hashable, answer: Future[T]) -> None:
        with self._lock:
            if self._kept.get(key) is answer:
                del self._kept[key]

    def is_begun(self, *args: Hashable) -> bool:
        """Whether ``self(*args)`` would make nothing: the answer is there, or somebody makes it."""
        with self._lock:
            return args in self._kept

    def is_kept(self, *args: P.args, **kwargs: P.kwargs) -> bool:
        """Whether ``self(*args)`` would be answered at once."""
        with self._lock:
            found = self._kept.get(args)
        return found is not None and not kwargs and found.done()

    def cache_clear(self) -> None:
        """Keep nothing."""
        with self._lock:
            self._kept.clear()


def shared(size: int) -> Callable[[Callable[P, T]], Shared[P, T]]:
    """Decorator: ``Shared`` with room for ``size`` answers."""

    def decorate(make: Callable[P, T]) -> Shared[P, T]:
        return Shared(make, size)

    return decorate
