"""The rows of the table structures × algebras: what is run in each."""

# the rows of the table: statements, each with what it answers; None where that may differ
CELLS: dict[str, list[tuple[str, object]]] = {
    "sets and bundles": [
        ("members(mark + fish + john)", {"mark", "fish", "john"}),
        ("members(bundle({mark, fish}))", {"mark", "fish"}),
    ],
    "`value`, `assign`, `unassign`": [
        ("value(assign(assign(nil, x, mark), y, fish), y)", "fish"),
        ("value(assign(assign(assign(nil, x, mark), y, fish), x, john), x)", "john"),
        ("value(unassign(mark * x + fish * y, y), x)", "mark"),
        ("value(unassign(mark * x + fish * y, y), y)", "nothing"),
    ],
    "`variable_of`": [("variable_of(mark * x + fish * y, fish)", "y")],
    "stacks": [
        ("s = push(push(push(nil, mark), fish), john)", None),
        ("top(s)", "john"), ("top(pop(s))", "fish"), ("top(pop(pop(s)))", "mark"),
        ("depth(s)", 3), ("depth(nil)", 0), ("empty(pop(push(nil, mark)))", True),
    ],
    "queues": [
        ("w = enqueue(enqueue(queue(mark, fish), john), mark)", None), ("front(w)", "mark"),
        ("back(w)", "mark"), ("queue_size(w)", 4), ("front(dequeue(w))", "fish"),
        ("back(dequeue_back(w))", "john"), ("queue_size(dequeue_back(dequeue(w)))", 2),
        ("front(enqueue_front(w, john))", "john"), ("back(enqueue_front(w, john))", "mark"),
        ("queue_size(dequeue(queue(mark)))", 0),
    ],
    "sequences": [
        ("item([mark, fish, john], 2)", "fish"), ("position([mark, fish, john], fish)", 2),
        ("decode([mark, fish, john, mark])", ["mark", "fish", "john", "mark"]),
        ("length([mark, fish, mark])", 3),
        ("decode(append([mark, fish], john))", ["mark", "fish", "john"]),
        ("decode(concatenate([mark], [john, fish]))", ["mark", "john", "fish"]),
    ],
    "chains": [("unchain(chain(mark, fish, john))", ["mark", "fish", "john"])],
    "chains with repeated items": [
        ("unchain(chain(mark, fish, mark, mark, john))", ["mark", "fish", "mark", "mark", "john"]),
    ],
    "trees": [
        ("b = tree_of(\"(mark (fish john) eat)\")", None), ("leaf(b, 3)", "eat"),
        ("leaf(b, \"2 1\")", "fish"), ("leaf(b, \"left right\")", "nothing"),
        ("leaf(subtree(b, 2), 2)", "john"), ("brackets(b)", "(mark (fish john) eat)"),
        ("b2 = branch(branch(x, mark), branch(fish, y))", None),
        ("similarity(subtree(b2, \"left right\"), mark)", (0.2, 1)),
        ("similarity(subtree(b2, \"right left\"), mark)", (-0.2, 0.2)),
    ],
    "trees of three levels": [
        ("brackets(tree_of(\"(mark (fish (john eat)))\"))", "(mark (fish (john eat)))"),
    ],
    "automata": [
        ("a = automaton(\"x mark -> y; y mark -> x; y fish -> y\", start=x, accepting=y)", None),
        ("step(a, x, mark)", "y"), ("step(a, y, mark)", "x"), ("step(a, x, fish)", "nothing"),
        ("accepts(a, [mark, fish])", True), ("accepts(a, \"mark fish mark\")", False),
        ("step(transition(mark, mark, fish) + transition(fish, mark, fish), mark, mark)", "fish"),
    ],
    "nondeterministic automata": [
        ("n = automaton(\"x mark -> x y; x fish -> x; y fish -> john\", start=x, accepting=john)", None),
        ("next_states(n, {x}, mark)", {"x", "y"}), ("states_after(n, [mark, fish])", {"x", "john"}),
        ("accepts(n, \"fish mark fish\", nondeterministic=true)", True),
        ("accepts(n, \"fish fish\", nondeterministic=true)", False),
    ],
    "frames": [
        ("s1 = frame(eat, agt=mark, obj=fish)", None), ("s1.agt", "mark"), ("s1.obj", "fish"),
        ("head(s1)", "eat"), ("slots(s1)", ["mark", "fish"]),
        ("replace(s1, agt=john).agt", "john"), ("replace(s1, agt=john).obj", "fish"),
    ],
    "frames in frames": [
        ("s2 = frame(cause, agt=hunger, obj=frame(eat, agt=mark, obj=fish))", None),
        ("slot(s2, \"obj\").agt", "mark"), ("s2.agt", "hunger"),
    ],
    "frames in frames of one head": [
        ("n1 = frame(eat, agt=x); n2 = frame(eat, agt=n1); n3 = frame(eat, agt=n2)", None),
        ("n1.agt", "x"), ("n2.agt", "n1"), ("n3.agt", "n2"),
    ],
    "`slot_of`": [
        ("slot_of(s1, fish)", "obj"), ("slot_of(s1, mark)", "agt"), ("slot_of(s1, john)", "nothing"),
    ],
    "frames of an unknown head": [
        ("slot(frame(mark * fish, agt=mark, obj=fish), \"agt\")", "mark"),
    ],
    "chunks": [
        ("unchunk(chunks(mark, fish, john, mark, mark, fish, size=2))",
         ["mark", "fish", "john", "mark", "mark", "fish"]),
    ],
    "tokens": [
        ("ann = token(being, person); tom = token(being, person)", None),
        ("type_of(ann)", "type/being+person"), ("like(ann)", "tom"),
        ("features(ann)", {"being", "person"}), ("type_of(mark)", "nothing"),
    ],
    "dictionaries": [
        ("d = dictionary(mark, fish, john, eat)", None), ("get(d, mark)", "fish"),
        ("get(d, fish)", "nothing"), ("get(put(d, mark, x), mark)", "x"),
        ("get(remove(d, mark), mark)", "nothing"), ("get(remove(d, mark), john)", "eat"),
        ("keys(d)", ["mark", "john"]), ("items(d)", ["fish", "eat"]),
    ],
    "multisets": [
        ("m = multiset(mark, mark, fish)", None), ("count(m, mark).number", 2),
        ("count(m, john).number", 0), ("count(m - mark, mark).number", 1),
        ("count(m & multiset(mark, john), mark).number", 1),
    ],
    "filters and sketches": [
        ("contains(filter(mark, fish), mark)", True), ("contains(filter(mark, fish), john)", False),
        ("count(sketch({mark, mark, fish}), mark).number", 2),
    ],
    "n-grams": [
        ("g = ngrams(2, mark, fish, john)", None),
        ("similarity(g, permute(mark) * fish)", (0.3, 1)),
        ("similarity(g, permute(john) * fish)", (-0.3, 0.3)),
    ],
    "graphs": [
        ("g1 = graph(mark, john, john, fish, mark, fish)", None),
        ("neighbours(g1, mark)", {"john", "fish"}), ("neighbours(g1, fish)", set()),
        ("has_edge(g1, mark, john)", True), ("has_edge(g1, john, mark)", False),
        ("path(graph(mark, john, john, fish), mark, fish)", ["mark", "john", "fish"]),
        ("neighbours(remove_edge(g1, mark, john), mark)", {"fish"}),
    ],
    "graphs with labels": [
        ("g2 = add_edge(graph(mark, john, label=x), john, fish, y)", None),
        ("neighbours(g2, john, y)", {"fish"}), ("neighbours(g2, john, x)", set()),
        ("follow(g2, mark, x, y)", {"fish"}), ("has_edge(g2, mark, john, y)", False),
    ],
    "`analogy`": [
        ("analogy(frame(nil, agt=mark, obj=fish), mark, frame(nil, agt=john, obj=eat))", "john"),
    ],
    "`analogy` in one step": [
        ("analogy(frame(nil, agt=mark, obj=fish), mark, frame(nil, agt=john, obj=eat), 1)", "john"),
    ],
    "`analogs`": [
        ("t1 = frame(cause, agt=frame(eat, agt=mark, obj=fish), obj=hunger)", None),
        ("t2 = frame(cause, agt=frame(eat, agt=john, obj=food), obj=hunger)", None),
        ("t3 = frame(cause, agt=hunger, obj=frame(eat, agt=mark, obj=food))", None),
        ("analogs(t1, among={t2, t3})", ["t2", "t3"]),
    ],
    "fractional powers": [("cleanup(mark * base(\"t\")^1.5 / base(\"t\")^1.5)", "mark")],
    "numbers": [
        ("number_of(number(40, 0, 100) * mark / mark, 0, 100).value", (35, 45)),
        ("number_of(mark, 0, 100).probability", (-0.01, 0.6)),
    ],
    "places": [
        ("p1 = mark * place(3, -2) + fish * place(0, 4)", None),
        ("at(p1, place(3, -2))", "mark"), ("where(p1, fish).y", (3.7, 4.3)),
    ],
    "`why`": [("why(s1.agt)", "mark"), ("why(top(push(push(nil, mark), fish)))", "fish")],
}  # fmt: skip
