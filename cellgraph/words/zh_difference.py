"""Chinese for the difference of two cells."""

WORDS = {
    "from {first} to {second}": "从 {first} 到 {second}",
    "Nothing to match: no short list of edits turns {first} into {second}.": (
        "无从对应：没有一串简短的改动能把 {first} 变成 {second}。"
    ),
    "What they share: {facts}.": "两者的共同之处：{facts}。",
    "{state} begins as {own} in the one, as {other} in the other": "{state} 在前者以 {own} 开始，在后者以 {other} 开始",
    "{first} and {second} are equivalent: one cell, written differently.": (
        "{first} 与 {second} 等价：同一个单元的两种写法。"
    ),
    "Each edit was carried out in the equations; what they lead to is {second}, term by term, up to names.": (
        "每一处改动都已在方程中代入；所得结果除名称外与 {second} 逐项相同。"
    ),
    "edit": "改动",
    "what changes": "改动内容",
    "gives": "得到",
    "exactly {percent} fewer parameters": "参数恰好少 {percent}",
    "exactly {percent} more parameters": "参数恰好多 {percent}",
    "{gate} in the one is 1 − {other} in the other": "前者的 {gate} 就是后者的 1 − {other}",
    "other names: {pairs}": "名称对应：{pairs}",
    "{old} → {new}": "{old} → {new}",
    "states handed on: {count}": "传给下一步的状态都是 {count} 个",
    "gates: {count}": "都有 {count} 个门",
    "an additive carry": "都有加法携带",
    "keeping and writing add up to 1": "保留与写入之和恒为 1",
    "scan class {level}": "扫描类别都是 {level}",
    "the activation {old} becomes {new}": "激活函数由 {old} 换成 {new}",
    "{gate} = {value}: one gate does the work of both": "{gate} = {value}：一个门兼做两个门的工作",
    "{gate} becomes a gate of its own; with {gate} = {value} nothing changes": (
        "{gate} 成为独立的门；令 {gate} = {value} 则一切不变"
    ),
    "{gates} = 1 and {activation} becomes {other}: {state} and {other} are one state": (
        "令 {gates} = 1，{activation} 换成 {other}：{state} 与 {other} 合为一个状态"
    ),
    "{activation} becomes {other}: {state} and {other} are one state": (
        "{activation} 换成 {other}：{state} 与 {other} 合为一个状态"
    ),
    "the state splits in two: {state} is made of {other} by {gates} and {activation}": (
        "状态一分为二：{state} 由 {other} 经 {gates} 与 {activation} 得到"
    ),
    "the state splits in two: {state} is {activation}": "状态一分为二：{state} 即 {activation}",
    "{gate} = {value}: the gate goes": "令 {gate} = {value}：去掉这个门",
    "{gate} = {value}": "令 {gate} = {value}",
    "a new gate {gate} scales {scaled}; with {gate} = {value} nothing changes": (
        "新增门 {gate}，作用于 {scaled}；令 {gate} = {value} 则一切不变"
    ),
    "{gate} comes in; with {gate} = {value} nothing changes": "新增 {gate}；令 {gate} = {value} 则一切不变",
    "{place} loses its activation {function}": "{place} 去掉激活函数 {function}",
    "{place} gets the activation {function}": "{place} 加上激活函数 {function}",
    "{gate} moves across {matrix}: it scales {product} instead of {vector}": (
        "{gate} 移到 {matrix} 之外：作用于 {product}，而不是 {vector}"
    ),
    "{gate} moves across {matrix}: it scales {vector} instead of {product}": (
        "{gate} 移到 {matrix} 之内：作用于 {vector}，而不是 {product}"
    ),
    "left out (0): {params}": "去掉（置 0）：{params}",
    "new, and without effect at 0: {params}": "新增，取 0 时不起作用：{params}",
    "diagonal instead of full: {matrices}; each unit reads its own past alone": (
        "{matrices} 由满矩阵变为对角矩阵：每个单元只读自己的过去"
    ),
    "full instead of diagonal: {matrices}; each unit reads the past of all": (
        "{matrices} 由对角变为满矩阵：每个单元读取所有单元的过去"
    ),
    "{before} is no longer added to what makes {state}": "{state} 的算式中不再加上 {before}",
    "{before} is added to what makes {state}": "{state} 的算式中加上 {before}",
    "the projection {matrix} goes, and {narrow} = {wide}": "去掉投影 {matrix}，并令 {narrow} = {wide}",
    "a projection {matrix} brings the state from {wide} down to {narrow} numbers": (
        "新增投影 {matrix}，把状态从 {wide} 个数降到 {narrow} 个"
    ),
}
