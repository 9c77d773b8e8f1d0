"""From one description of a call to a method of each client: blocking on one, awaited on the other."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from functools import wraps
from typing import Any, Generic, ParamSpec, Protocol, Self, TypeVar, overload

from openbell.client.call import Call, Page
from openbell.client.core import Flow

P = ParamSpec("P")
T = TypeVar("T")


class Runner(Protocol):
    """Does what is described, and waits for it."""

    def do(self, what: Call[T] | Flow[T]) -> T:
        """Do a call or a flow."""
        ...

    def each(self, call: Call[Page[T]]) -> Iterator[T]:
        """Walk through a list."""
        ...


class AsyncRunner(Protocol):
    """Does what is described on an event loop."""

    async def do(self, what: Call[T] | Flow[T]) -> T:
        """Do a call or a flow."""
        ...

    def each(self, call: Call[Page[T]]) -> AsyncIterator[T]:
        """Walk through a list."""
        ...


class Resource:
    """Calls about one noun, done by a blocking client."""

    def __init__(self, runner: Runner) -> None:
        self.runner = runner


class AsyncResource:
    """Calls about one noun, done by an asynchronous client."""

    def __init__(self, runner: AsyncRunner) -> None:
        self.runner = runner


class Endpoint(Generic[P, T]):
    """A method described once by a function that gives a call, or a flow of several."""

    def __init__(self, describe: Callable[P, Call[T]] | Callable[P, Flow[T]]) -> None:
        self._describe = describe
        self.__doc__ = describe.__doc__

    @overload
    def __get__(self, instance: None, owner: type) -> Self: ...
    @overload
    def __get__(self, instance: Resource, owner: type) -> Callable[P, T]: ...
    @overload
    def __get__(self, instance: AsyncResource, owner: type) -> Callable[P, Awaitable[T]]: ...
    def __get__(self, instance: Resource | AsyncResource | None, owner: type) -> Any:
        """Bind the description to a client."""
        return self if instance is None else _bound(self._describe, instance.runner.do)


class Listing(Generic[P, T]):
    """A walk through all pages of a list, described by the function that gives the call for one page."""

    def __init__(self, describe: Callable[P, Call[Page[T]]]) -> None:
        self._describe = describe
        self.__doc__ = describe.__doc__

    @overload
    def __get__(self, instance: None, owner: type) -> Self: ...
    @overload
    def __get__(self, instance: Resource, owner: type) -> Callable[P, Iterator[T]]: ...
    @overload
    def __get__(self, instance: AsyncResource, owner: type) -> Callable[P, AsyncIterator[T]]: ...
    def __get__(self, instance: Resource | AsyncResource | None, owner: type) -> Any:
        """Bind the description to a client."""
        return self if instance is None else _bound(self._describe, instance.runner.each)


def _bound(describe: Callable[P, Any], do: Callable[[Any], Any]) -> Callable[P, Any]:
    @wraps(describe)
    def method(*args: P.args, **kwargs: P.kwargs) -> Any:
        return do(describe(*args, **kwargs))

    return method
