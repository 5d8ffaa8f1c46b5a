"""Chinese for the structure of a cell."""

WORDS = {
    "structure of {cell}": "{cell} 的结构",
    "property": "性质",
    "value": "内容",
    "handed on": "传给下一步",
    "gates": "门",
    "additive carry": "加法携带",
    "coupled": "耦合",
    "scan class": "扫描类别",
    "backward pass": "反向传播",
    "invariants": "不变量",
    "none": "无",
    "{states} ({count} numbers)": "{states}（共 {count} 个数）",
    "{level}: {meaning}": "{level}：{meaning}",
    "{state} ← {term}": "{state} ← {term}",
    "{weights} add up to 1 in {state}": "在 {state} 中，{weights} 之和恒为 1",
    "no: no two coefficients of a sum add up to 1": "否：和式中没有系数之和恒为 1",
    "none: every way from the old state to the new one goes through a matrix or an activation": (
        "无：从旧状态到新状态的每条路径都要经过矩阵或激活函数"
    ),
    "sequential: the Jacobian is a full matrix and depends on the state": (
        "只能逐步计算：雅可比矩阵是满矩阵，且依赖于状态"
    ),
    "sequential, but each coordinate by itself: the Jacobian is diagonal and depends on the state": (
        "只能逐步计算，但各分量互不相干：雅可比矩阵是对角的，且依赖于状态"
    ),
    "parallel scan: the Jacobian is diagonal and free of the state, so combining two steps costs O(n)": (
        "可并行扫描：雅可比矩阵是对角的，且不依赖于状态，合并两步只需 O(n)"
    ),
    "parallel scan: the Jacobian is free of the state but a full matrix, so combining two steps costs O(n³)": (
        "可并行扫描：雅可比矩阵不依赖于状态，但是满矩阵，合并两步需要 O(n³)"
    ),
    "{state} is linear in {before} given its gates; no scan, because the gates depend on the state": (
        "门固定时 {state} 对 {before} 是线性的；但门本身依赖于状态，因此不能做并行扫描"
    ),
    "an affine scan for every cell: the states are known by then": "对任何单元都是仿射扫描：此时各状态均已知",
    "|{state}_T| ≤ |{state}_0|: it never grows": "|{state}_T| ≤ |{state}_0|：不会增大",
    "|{state}_T| ≤ |{state}_0| + {rate}·T: it can grow, by at most {rate} a step": (
        "|{state}_T| ≤ |{state}_0| + {rate}·T：可以增大，每步至多 {rate}"
    ),
    "{state} stays in [{low}, {high}] if it starts there: each step takes a weighted mean": (
        "{state} 若初值在 [{low}, {high}] 内，便始终在其中：每一步都取加权平均"
    ),
    "{state} lies in [{low}, {high}] after every step, wherever it started": (
        "无论初值如何，每一步之后 {state} 都在 [{low}, {high}] 内"
    ),
    "{state} never leaves the range of its start and its candidates: each step takes a weighted mean": (
        "{state} 不会超出初值与候选值的范围：每一步都取加权平均"
    ),
    "none found: the state may grow without a bound": "未找到：状态可能无界增长",
}
