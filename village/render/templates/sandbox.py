"""The sandbox that templates of a repository run in: what they may reach, and how large things may grow."""

from __future__ import annotations

import datetime as dt
import difflib
import types
from collections.abc import Callable
from typing import Any

from jinja2 import StrictUndefined, UndefinedError, nodes, pass_context
from jinja2.compiler import CodeGenerator, Frame
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup

from village.render.assets import resources
from village.render.functions import catalogue, moments, namespaces, surroundings
from village.render.functions.compare import snake
from village.render.images import filters
from village.render.shortcodes import context as shortcode_context
from village.render.templates import limits
from village.render.views import content, lists, page, paginator, paths, scratch, site, terms
from village.render.views import resources as views_resources
from village.render.views.values import MISSING, MapView, Missing, Now

SLOTS = types.MemberDescriptorType
# Instance attributes that templates may read; everything else they see is a property or a method of its class.
SHOWN: dict[type, tuple[str, ...]] = {
    page.PageView: (),
    site.SiteView: ("all_pages",),
    site.Sites: (),
    site.LanguageView: ("lang",),
    site.MenuEntryView: ("menu",),
    site.Menu: (),
    lists.PageList: (),
    lists.Callback: (),
    lists.Group: ("key", "pages"),
    terms.Term: ("key", "pages"),
    terms.Terms: (),
    terms.CallableTerms: (),
    terms.Taxonomy: ("plural",),
    terms.Data: (),
    scratch.Scratch: (),
    content.Heading: ("id", "level", "title", "headings"),
    content.Identifiers: (),
    content.Fragments: ("headings", "identifiers"),
    views_resources.OutputFormat: ("name", "permalink", "rel_permalink"),
    views_resources.MediaType: ("type", "suffix"),
    views_resources.FileFacts: ("path", "lang"),
    paths.OutputFormats: (),
    views_resources.PageResource: (),
    views_resources.Resources: (),
    paginator.Paginator: ("page_number",),
    shortcode_context.ShortcodeContext: ("inner",),
    resources.Asset: (),
    resources.Assets: (),
    filters.Filters: (),
    catalogue.Hugo: (),
    namespaces.Namespace: (),
    surroundings.FileInfo: ("is_dir", "name", "size"),
    Now: ("year", "month", "day", "hour", "minute"),
}
HIDDEN = {
    "around",
    "call",
    "entries",
    "facts",
    "lookup",
    "config_value",
    "source",
    "operations",
    "ids",
    "plain_digest",
    "feed_entry",
    "sitemap_entry",
    "then",
    "at",
    "all_pages",
}
LOOKUPS = (MapView, site.Menus, terms.Taxonomies)
MAP_METHODS = {"get", "items", "keys", "values"}


def public(cls: type) -> frozenset[str]:
    """The names a template may read on a view."""
    names = {name for name in dir(cls) if not name.startswith("_") and not isinstance(getattr_static(cls, name), SLOTS)}
    return frozenset((names - HIDDEN - {n for n in names if n.endswith(("_ids", "_rows", "_all"))}) | set(SHOWN[cls]))


def getattr_static(cls: type, name: str) -> Any:
    for base in cls.__mro__:
        if name in base.__dict__:
            return base.__dict__[name]
    return None


OPEN: dict[type, frozenset[str]] = {cls: public(cls) for cls in SHOWN}
DYNAMIC = {
    lists.PageList,
    lists.Callback,
    views_resources.PageResource,
    namespaces.Namespace,
    terms.Taxonomy,
    Now,
}  # names through __getattr__


def allow_any(cls: type) -> None:
    """Let templates read whatever a stand-in of the builder answers to."""
    SHOWN[cls] = ()
    OPEN[cls] = public(cls)
    DYNAMIC.add(cls)


def unset() -> bool:
    """``page.expiry_date.is_zero()`` of a date that is not there."""
    return True


class Undefined(StrictUndefined):
    """An error that names what was meant: the nearest field, Hugo's spelling translated."""

    __slots__ = ()

    @property
    def _undefined_message(self) -> str:
        name = str(self._undefined_name)
        if self._undefined_hint:
            return str(self._undefined_hint)
        if self._undefined_obj is None:
            return f"{name!r} is asked of a value that is nothing here"
        known = OPEN.get(type(self._undefined_obj))
        if known is None:
            return (
                f"{name!r} is undefined" if not isinstance(self._undefined_name, int) else f"there is no element {name}"
            )
        if isinstance(self._undefined_obj, namespaces.Namespace):
            known = frozenset(dir(self._undefined_obj))
        kind = type(self._undefined_obj).__name__.removesuffix("View").lower()
        wanted = snake(name)
        near = [wanted] if wanted in known else difflib.get_close_matches(wanted, known, n=1)
        return f"{kind} has no {name!r}" + (f"; did you mean {near[0]!r}?" if near else "")


class Generator(CodeGenerator):
    """Generated code with ``~``, lists and tables bounded like the operators."""

    def visit_List(self, node: nodes.List, frame: Frame) -> None:  # noqa: N802 - Jinja's name
        self.bounded(node, frame, super().visit_List)

    def visit_Dict(self, node: nodes.Dict, frame: Frame) -> None:  # noqa: N802
        self.bounded(node, frame, super().visit_Dict)

    def visit_Tuple(self, node: nodes.Tuple, frame: Frame) -> None:  # noqa: N802
        if node.ctx == "load":
            self.bounded(node, frame, super().visit_Tuple)
        else:
            super().visit_Tuple(node, frame)

    def bounded(self, node: Any, frame: Frame, visit: Callable[[Any, Frame], None]) -> None:
        """What is made of constants is as long as it was written."""
        if all(isinstance(inner, (nodes.Const, nodes.Pair)) for inner in node.iter_child_nodes()) and not any(
            node.find_all((nodes.Name, nodes.Call, nodes.Filter))
        ):
            visit(node, frame)
            return
        self.write("environment.weighed(")
        visit(node, frame)
        self.write(")")

    def visit_Concat(self, node: nodes.Concat, frame: Frame) -> None:  # noqa: N802 - Jinja's name
        self.write("environment.concatenate((")
        for argument in node.nodes:
            self.visit(argument, frame)
            self.write(", ")
        self.write("), context.eval_ctx.autoescape)")


class Sandbox(ImmutableSandboxedEnvironment):
    """Jinja2's immutable sandbox, narrowed to our views and bounded in size."""

    code_generator_class = Generator
    intercepted_binops = frozenset({"+", "*", "**", "%"})

    def getattr(self, obj: Any, attribute: str) -> Any:
        """``obj.attribute`` in a template."""
        cls = type(obj)
        known = OPEN.get(cls)
        if known is not None:
            if attribute in known or (cls in DYNAMIC and not attribute.startswith("_")):
                try:
                    return getattr(obj, attribute)
                except AttributeError:
                    pass
            return self.undefined(obj=obj, name=attribute)
        if isinstance(obj, LOOKUPS):
            value = obj.lookup(attribute)
            return getattr(obj, attribute) if value is MISSING and attribute in MAP_METHODS else value
        if cls is dict:
            return (
                obj[attribute]
                if attribute in obj
                else (getattr(obj, attribute) if attribute in MAP_METHODS else MISSING)
            )
        if cls is Missing:
            return obj.get if attribute == "get" else MISSING
        if cls is Undefined:
            return obj  # its own name is the mistake, not what is asked of it
        if cls.__module__.startswith("village."):
            return self.undefined(obj=obj, name=attribute)
        if attribute in moments.METHODS and isinstance(obj, dt.datetime):
            return moments.ask(obj, attribute)
        if obj is None and attribute == "is_zero":  # a date that is not set
            return unset
        return super().getattr(obj, attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        """``obj[argument]`` in a template."""
        if isinstance(obj, LOOKUPS):
            return obj.lookup(argument)
        cls = type(obj)
        if cls is Missing:
            return MISSING
        if cls is dict:
            return obj.get(argument, MISSING)
        if isinstance(argument, str) and cls in OPEN:
            return obj[argument] if hasattr(cls, "__getitem__") and cls not in DYNAMIC else self.getattr(obj, argument)
        try:
            return obj[argument]
        except (IndexError, KeyError):
            return MISSING
        except (TypeError, AttributeError):
            return (
                self.undefined(obj=obj, name=argument)
                if cls.__module__.startswith("village.")
                else super().getitem(obj, argument)
            )

    def call(self, context: Any, function: Any, *arguments: Any, **named: Any) -> Any:
        """``function(…)`` in a template."""
        if function is MISSING:
            raise UndefinedError("what is called does not exist here: the value before it is empty")
        holder = getattr(function, "__self__", None)
        if isinstance(holder, str):
            limits.check_method(getattr(function, "__name__", ""), holder, arguments)
        return super().call(context, function, *arguments, **named)

    def wrap_str_format(self, value: Any) -> Callable[..., str] | None:
        """``"…".format``, whose widths may come with the values."""
        wrapped = super().wrap_str_format(value)
        if wrapped is None:
            return None

        def bounded(*values: Any, **named: Any) -> str:
            limits.check_format(str(value.__self__), (*values, *named.values()))
            return wrapped(*values, **named)

        return bounded

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        limits.check_operation(operator, left, right)
        made = super().call_binop(context, operator, left, right)
        return limits.weighed(made) if isinstance(made, (list, tuple)) else made

    weighed = staticmethod(limits.weighed)

    def concatenate(self, parts: tuple[Any, ...], autoescape: bool) -> str:
        """``a ~ b``."""
        escaped = any(hasattr(part, "__html__") for part in parts) if autoescape else False
        texts = [str(part) if not escaped or hasattr(part, "__html__") else str(Markup.escape(part)) for part in parts]
        limits.check_length(sum(len(text) for text in texts), "")
        joined = "".join(texts)
        return Markup(joined) if escaped else joined  # noqa: S704 - every part is escaped above

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        """Dates give up their fields; nothing gives up its underscores."""
        if isinstance(obj, (dt.date, dt.timedelta)):
            return not attr.startswith("_")
        return super().is_safe_attribute(obj, attr, value)


def asking(function: Callable[..., Any]) -> Callable[..., Any]:
    """A filter whose answer is another one on another page. Jinja2 works out ``{{ "css/a.css" | relurl }}`` while it
    compiles, once for all languages and unnoted, unless the filter wants the context.
    """

    @pass_context
    def ask(_context: Any, *values: Any, **named: Any) -> Any:
        return function(*values, **named)

    return ask
