"""Every function of a structure, given what it cannot take: one line that names the argument."""

import pytest
from refusals import World, refuses
from vsa_plugins import (
    algebra,
    analogy,
    automaton,
    binding,
    chunks,
    dictionary,
    explain,
    frame,
    graph,
    multiset,
    numbers,
    queue,
    sequence,
    sketches,
    soft,
    stack,
    text,
    token,
    tree,
)
from vsa_plugins import memory as looking

T, V = TypeError, ValueError
# functions of the plugins: called as they should be, and then with one argument after the other wrong
A, M = (lambda w: w.a), (lambda w: w.m)
D = lambda w: dictionary.dictionary(w.a, w.b, memory=w.m)  # noqa: E731 - as those beside it
B = lambda w: multiset.multiset(w.a, memory=w.m)  # noqa: E731
G = lambda w: graph.graph(w.a, w.b, memory=w.m)  # noqa: E731
Q = lambda w: queue.queue(w.a)  # noqa: E731
S = lambda w: automaton.automaton((w.a, w.a, w.a), start=w.a, memory=w.m)  # noqa: E731
K = lambda w: soft.sparse_memory(locations=9, memory=w.m)  # noqa: E731
CALLS = {
    stack.push: {"stack": A, "item": A}, stack.top: {"stack": A, "memory": M},
    stack.pop: {"stack": A, "projection": lambda w: False, "memory": M},
    stack.depth: {"stack": A, "memory": M}, stack.empty: {"stack": A},
    queue.enqueue: {"queue": Q, "item": A}, queue.enqueue_front: {"queue": Q, "item": A},
    queue.front: {"queue": Q, "memory": M}, queue.back: {"queue": Q, "memory": M},
    queue.dequeue: {"queue": Q, "memory": M}, queue.dequeue_back: {"queue": Q, "memory": M},
    queue.queue_size: {"queue": Q},
    tree.tree_of: {"what": lambda w: "(a b)", "memory": M}, tree.nested: {"tree": A, "memory": M},
    tree.subtree: {"tree": A, "path": lambda w: "left"},
    tree.leaf: {"tree": A, "path": lambda w: "left", "memory": M},
    tree.leaves: {"tree": A, "memory": M}, tree.brackets: {"tree": A, "memory": M},
    tree.fold: {"tree": A, "function": lambda w: len, "memory": M},
    automaton.transition: {"state": A, "symbol": A, "next": A},
    automaton.step: {"automaton": A, "state": A, "symbol": A, "memory": M},
    automaton.next_states: {"automaton": A, "states": lambda w: w.set, "symbol": A, "memory": M},
    automaton.accepts: {
        "automaton": S, "word": lambda w: "a", "nondeterministic": lambda w: True, "memory": M,
    },
    automaton.states_after: {"automaton": S, "word": lambda w: "a", "memory": M},
    sequence.item: {"sequence": A, "position": lambda w: 1, "memory": M},
    sequence.position: {"sequence": A, "item": A},
    sequence.decode: {"sequence": A, "length": lambda w: 1, "memory": M},
    sequence.length: {"sequence": A, "memory": M},
    sequence.append: {"sequence": A, "item": A, "length": lambda w: 1, "memory": M},
    sequence.concatenate: {"first": A, "second": A, "length": lambda w: 1, "memory": M},
    sequence.unchain: {"chain": A, "length": lambda w: 1, "memory": M},
    chunks.chunk_size: {"items": lambda w: 4, "memory": M}, chunks.unchunk: {"chunk": A, "memory": M},
    graph.add_edge: {"graph": G, "source": A, "target": A, "label": A},
    graph.remove_edge: {"graph": G, "source": A, "target": lambda w: w.b},
    graph.has_edge: {"graph": G, "source": A, "target": A}, graph.edges: {"graph": G},
    graph.neighbours: {"graph": G, "node": A}, graph.follow: {"graph": G, "node": A},
    graph.path: {"graph": G, "source": A, "target": A},
    analogy.analogy: {"known": A, "filler": A, "asked": A, "steps": lambda w: 2, "memory": M},
    analogy.analogs: {"x": A, "k": lambda w: 5, "memory": M},
    analogy.correspondences: {"x": A, "y": A, "memory": M},
    frame.role: {"slot": lambda w: "agt", "head": A},
    frame.frame: {"head": A, "agt": A, "normalize": lambda w: True, "memory": M},
    frame.slot: {"frame": A, "name": lambda w: "agt", "head": A, "memory": M},
    frame.slots: {"frame": A, "head": A, "memory": M},
    frame.slot_of: {"frame": A, "filler": A, "head": A, "memory": M},
    frame.head: {"frame": A, "memory": M}, frame.replace: {"frame": A, "head": A, "agt": A, "memory": M},
    binding.assign: {"environment": A, "variable": A, "value": A, "memory": M},
    binding.unassign: {"environment": A, "variable": A, "memory": M},
    binding.value: {"environment": A, "variable": A, "memory": M},
    binding.variable_of: {"environment": A, "value": A, "memory": M},
    dictionary.put: {"dictionary": D, "key": A, "value": A},
    dictionary.get: {"dictionary": D, "key": A}, dictionary.remove: {"dictionary": D, "key": A},
    dictionary.keys: {"dictionary": D}, dictionary.values: {"dictionary": D},
    dictionary.items: {"dictionary": D}, multiset.count: {"multiset": B, "item": A},
    multiset.most: {"multiset": B, "k": lambda w: 3}, sketches.contains: {"filter": B, "item": A},
    token.type_of: {"x": A, "memory": M}, token.features: {"x": A, "memory": M},
    numbers.number: {
        "x": lambda w: 1, "low": lambda w: 0, "high": lambda w: 9, "length": lambda w: 1, "memory": M,
    },
    numbers.number_of: {
        "v": A, "low": lambda w: 0, "high": lambda w: 9, "length": lambda w: 1, "terms": lambda w: 2,
    },
    numbers.place: {
        "x": lambda w: 1, "y": lambda w: 0, "z": lambda w: 2, "session": lambda w: w.session,
    },
    numbers.at: {"scene": A, "place": A, "memory": M},
    numbers.where: {
        "scene": A, "thing": A, "axes": lambda w: 2, "session": lambda w: w.session,
    },
    numbers.region: {
        "left": lambda w: 0, "right": lambda w: 1, "bottom": lambda w: 0, "top": lambda w: 1,
        "session": lambda w: w.session,
    },
    text.text: {"letters": lambda w: "cats", "n": lambda w: 2, "memory": M},
    looking.cleanup: {
        "v": A, "k": lambda w: 1, "among": lambda w: w.set, "exclude": lambda w: w.set,
        "prior_nothing": lambda w: 0.5, "exact": lambda w: True, "memory": M,
    },
    looking.members: {"v": A, "kind": lambda w: "atom", "memory": M},
    looking.counts: {"members": lambda w: w.set},
    looking.vocabulary: {"name": lambda w: "s", "members": lambda w: w.set, "memory": M},
    looking.kinds: {"memory": M},
    algebra.sqrt: {"x": lambda w: 2.0},
    algebra.base: {"name": lambda w: "x", "memory": M}, algebra.key: {"name": lambda w: "x", "memory": M},
    algebra.identity: {"memory": M},
    soft.recall: {
        "v": A, "keys": lambda w: w.set, "values": lambda w: w.set, "theta": lambda w: 30.0, "memory": M,
    },
    soft.settle: {
        "v": A, "theta": lambda w: 30.0, "steps": lambda w: 9, "among": lambda w: w.set, "memory": M,
    },
    soft.familiar: {"v": A, "among": lambda w: w.set, "prior_nothing": lambda w: 0.5, "memory": M},
    soft.sparse_memory: {"locations": lambda w: 9, "active": lambda w: 2, "memory": M},
    soft.write: {"m": K, "address": A, "value": A}, soft.read: {"m": K, "v": A, "steps": lambda w: 2},
    explain.accuracy: {"k": lambda w: 1, "items": lambda w: 9, "memory": M},
    explain.advise: {
        "items": lambda w: 9, "terms": lambda w: 2, "structure": lambda w: "pairs",
        "accuracy": lambda w: 0.9, "by": lambda w: "bytes", "bytes": lambda w: 9999,
        "timed": lambda w: False, "session": lambda w: w.session,
    },
    explain.needed_dim: {"k": lambda w: 1, "items": lambda w: 9, "target": lambda w: 0.9, "memory": M},
}  # fmt: skip
WRONG = [(f, name) for f, arguments in CALLS.items() for name in arguments]
MANY = {  # of *args: none, or one that is wrong
    "sequence": (lambda w: sequence.sequence(w.a, 3), "items", T),
    "chain": (lambda w: sequence.chain(w.a, 3), "items", T),
    "no chain": (lambda w: sequence.chain(), "item", V),
    "ngrams": (lambda w: sequence.ngrams(2, w.a, 3), "items", T),
    "n": (lambda w: sequence.ngrams("x", w.a), "n", T),
    "most n": (lambda w: sequence.ngrams(2, w.a), "n", V),
    "bundle": (lambda w: algebra.bundle(w.a, 3), "items", T),
    "chunks": (lambda w: chunks.chunks(w.a, 3, memory=w.m), "items", T),
    "size": (lambda w: chunks.chunks(w.a, size="x", memory=w.m), "size", T),
    "least size": (lambda w: chunks.chunks(w.a, size=1, memory=w.m), "chunk", V),
    "token": (lambda w: token.token(w.a, 3, id="t", memory=w.m), "features", T),
    "id": (lambda w: token.token(w.a, id=3, memory=w.m), "id", T),
    "a position": (lambda w: sequence.item(w.a, 0, memory=w.m), "positions", V),
    "a length": (lambda w: sequence.decode(w.a, 0, memory=w.m), "length", V),
    "a share": (lambda w: looking.cleanup(w.a, prior_nothing=2, memory=w.m), "prior_nothing", V),
    "a part": (lambda w: sequence.decode(w.a, 1.5, memory=w.m), "length", V),
    "queue": (lambda w: queue.queue(w.a, 3), "items", T),
    "no queue": (lambda w: queue.queue(), "queue", V),
    "branch": (lambda w: tree.branch(w.a, 3), "parts", T),
    "no branch": (lambda w: tree.branch(), "branching", V),
    "a leaf": (lambda w: tree.tree_of(["a", 3], memory=w.m), "tree", T),
    "a path": (lambda w: tree.leaf(w.a, "up", memory=w.m), "path", V),
    "no automaton": (lambda w: automaton.automaton(memory=w.m), "transitions", V),
    "a transition": (lambda w: automaton.automaton((3, "a", "a"), memory=w.m), "transitions", T),
    "a start": (lambda w: automaton.automaton("a a -> a", start=3, memory=w.m), "start", T),
    "accepting": (lambda w: automaton.automaton("a a -> a", accepting=3, memory=w.m), "accepting", T),
    "similarities": (lambda w: algebra.similarities(3, memory=w.m), "vectors", T),
    "dictionary": (lambda w: dictionary.dictionary(w.a, 3, memory=w.m), "pairs", T),
    "no value": (lambda w: dictionary.dictionary(w.a, memory=w.m), "keys and values", V),
    "graph": (lambda w: graph.graph(w.a, 3, memory=w.m), "nodes", T),
    "no target": (lambda w: graph.graph(w.a, memory=w.m), "sources and targets", V),
    "a label": (lambda w: graph.graph(w.a, w.b, label=3, memory=w.m), "label", T),
    "labels to follow": (lambda w: graph.follow(G(w), w.a, 3), "labels", T),
    "room": (lambda w: dictionary.dictionary(room="x", memory=w.m), "room", T),
    "multiset": (lambda w: multiset.multiset(w.a, 3, memory=w.m), "members", T),
    "filter_": (lambda w: sketches.filter_(w.a, 3, memory=w.m), "items", T),
    "sketch": (lambda w: sketches.sketch(w.a, 3, memory=w.m), "items", T),
    "an error": (lambda w: sketches.sketch(w.a, error=2, memory=w.m), "error", V),
    "set_": (lambda w: looking.set_(3, memory=w.m), "set", T),
}  # fmt: skip


@pytest.fixture
def world():
    return World()


@pytest.mark.parametrize("name", MANY)
def test_one_of_several_arguments_is_named(world, name):
    refuses(world, *MANY[name])


@pytest.mark.parametrize(("function", "wrong"), WRONG, ids=[f"{f.__name__}-{n}" for f, n in WRONG])
def test_the_argument_of_a_structures_function_is_named(world, function, wrong):
    given = {name: make(world) for name, make in CALLS[function].items()}
    given[wrong] = object()
    refuses(world, lambda w: function(**given), wrong, TypeError)


def test_no_function_of_a_structure_is_left_out():
    tried = {f.__name__ for f in CALLS} | set(MANY)
    tried |= {"remember", "forget", "like", "chunk_chain"}  # of expressions; as `chain`
    several = (stack, sequence, chunks, frame, binding, token, looking, algebra, soft)
    for plugin in (*several, analogy, dictionary, graph, multiset, numbers, sketches):
        for function in plugin.vsa_functions():
            assert function.__name__ in tried or function.__module__ == "vsa.algebra.operations"


def test_an_answer_stands_for_its_winner(world):
    answer = world.m.cleanup(world.a)
    assert stack.top(stack.push(answer, answer), memory=world.m).name == "a"
    assert world.m.cleanup(answer).name == "a"
    assert sequence.decode(sequence.sequence(answer, world.b), memory=world.m).name.tolist() == [
        "a",
        "b",
    ]
    assert frame.slot(frame.frame(answer, agt=world.b), "agt", answer, memory=world.m).name == "b"
