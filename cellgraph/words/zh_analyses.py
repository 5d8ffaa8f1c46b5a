"""Chinese for what analyses find: structure, Jacobians, gradients through time, differences."""

WORDS = {
    # The structure of a cell.
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
    # Jacobians, their paths and their norm bounds.
    "one-step Jacobian of {cell}": "{cell} 的单步雅可比矩阵",
    "total derivatives of {cell} from one step to the next": "{cell} 相邻两步之间的全导数",
    "Numerator layout: J[i, j] = ∂y_i/∂x_j, and δ_before = Jᵀ δ_after. A term is the product along one path.": (
        "采用分子布局：J[i, j] = ∂y_i/∂x_j，且 δ_before = Jᵀ δ_after。每一项是一条路径上各局部因子的乘积。"
    ),
    "{count} paths, more than {cap}: counted, not listed": "共 {count} 条路径，超过 {cap} 条：只计数，不列出",
    "number of terms: {count}": "项数：{count}",
    "via": "经过",
    "way": "路径",
    "term": "项",
    "carry": "携带",
    "gate": "门",
    "candidate": "候选状态",
    "output": "输出",
    "d{of}/d{wrt} is the direct derivative: no other state before the step follows from {wrt}.": (
        "d{of}/d{wrt} 就是直接导数：前一时刻没有别的状态由 {wrt} 得出。"
    ),
    "With {others} held fixed the derivative is direct: {direct}. But {others} followed from {wrt} one step earlier, "
    "and the total derivative goes by that way too: {more} terms more.": (
        "固定 {others} 时得到直接导数：{direct}。但 {others} 在前一步由 {wrt} 算出，"
        "全导数还要经过这条路：另有 {more} 项。"
    ),
    "through T steps": "经过 T 步",
    "pure carry of {state}: {product}": "{state} 的纯携带项：{product}",
    "no pure carry of {states}: every term has a matrix or a gate on the way": (
        "{states} 没有纯携带项：每一项的路径上都有矩阵或门"
    ),
    "number of terms": "项数",
    "steps": "步数",
    "From step to step the number of terms grows by a factor of {growth}: the largest eigenvalue of the path matrix.": (
        "每过一步，项数增至 {growth} 倍，即路径矩阵的最大特征值。"
    ),
    "{exact} ≈ {value}": "{exact} ≈ {value}",
    "norm bounds of one step": "单步范数上界",
    "unbounded, because {quantity} has no upper limit": "无界，因为 {quantity} 没有上限",
    "in {norm}": "{norm}",
    "every p-norm": "对任何 p 范数",
    "the ∞-norm (largest row sum)": "∞ 范数（最大行和）",
    "the 2-norm": "2 范数",
    "below 1": "小于 1",
    "weight gradients, summed over the steps": "权重的梯度：对各步求和",
    "No norm bound exists, because {quantities} has no upper limit: nothing is certain, neither vanishing nor staying "
    "finite.": "不存在范数上界，因为 {quantities} 没有上限：梯度是否消失、是否保持有限，都无法断定。",
    "Put the bounds in the places of their blocks. Vanishing is certain while the largest singular value of that "
    "matrix stays below 1. Exploding needs it above 1, and a value above 1 does not imply exploding.": (
        "把各上界放到相应分块的位置。只要所得矩阵的最大奇异值小于 1，梯度必然消失。"
        "梯度爆炸要求它大于 1，但大于 1 并不意味着爆炸。"
    ),
    "The maximum holds in the ∞-norm only: coefficients that add up to 1 average the rows of the Jacobian, not its "
    "columns. In the 2-norm the root of the sum of squares is certain, and no less.": (
        "取最大值只在 ∞ 范数下成立：和为 1 的系数对雅可比矩阵的行取加权平均，而不是对列。"
        "在 2 范数下只能保证平方和的平方根，不能更小。"
    ),
    "Singular values, never eigenvalues: a product of different matrices does not follow their spectral radius. "
    "U = 2[[1, 1], [−1, −1]] has spectral radius 0, yet with D = diag(1, 0.01) the norm of (D U)^30 is 1.13e9.": (
        "要看奇异值，而不是特征值：不同矩阵的乘积并不由谱半径决定。U = 2[[1, 1], [−1, −1]] 的谱半径为 0，"
        "但取 D = diag(1, 0.01) 时，(D U)^30 的范数为 1.13e9。"
    ),
    "The bounds depend on {entries}, which the ranges do not limit.": "上界依赖于 {entries}，而取值范围并不限制它。",
    "Vanishing is certain if σ_max({matrix}) < {limit}. Exploding needs σ_max({matrix}) > {limit}, which does not "
    "imply it: the bound is reached only where every slope is at its largest.": (
        "若 σ_max({matrix}) < {limit}，梯度必然消失。梯度爆炸要求 σ_max({matrix}) > {limit}，但这并不意味着爆炸："
        "只有每处斜率都取最大值时才达到上界。"
    ),
    "This bound is never below 1, so there are no weights for which it makes vanishing certain. A bound above 1, which "
    "exploding needs, does not imply exploding.": (
        "这个上界不会小于 1，因此无论权重如何，都不能由它断定梯度消失。"
        "梯度爆炸要求上界大于 1，但上界大于 1 并不意味着爆炸。"
    ),
    "Vanishing is certain while this bound is below 1. Exploding needs it above 1, and a bound above 1 does not imply "
    "exploding.": "只要这个上界小于 1，梯度必然消失。梯度爆炸要求它大于 1，但上界大于 1 并不意味着爆炸。",
    "What {state} carries neither shrinks nor grows.": "{state} 所携带的梯度既不缩小也不增大。",
    "What {state} carries does shrink from step to step, by {coefficient}: as slowly as {coefficient} is near 1.": (
        "{state} 所携带的梯度每步都乘以 {coefficient} 而缩小：{coefficient} 越接近 1，缩小得越慢。"
    ),
    # Gradients through time.
    "gradients through time": "梯度随时间的变化",
    "{norm}, the mean of {seeds} runs of {steps} steps": "{norm}：{steps} 步，{seeds} 次运行的平均值",
    "steps back": "回溯步数",
    "what each run is": "各次运行",
    "run": "运行",
    "a step multiplies by": "每步倍率",
    "bound of a step": "单步上界",
    "gates on average": "门的平均开度",
    "How much of a gradient at step {steps} is left at step t": "第 {steps} 步的梯度传回第 t 步时还剩多少",
    "time step t": "时间步 t",
    "openness of the gates": "门的开度",
    "{run}: {product} alone": "{run}：仅 {product}",
    "{run}: bound": "{run}：上界",
    "{run}: {gate}": "{run}：{gate}",
    "{gate} {mean}": "{gate} {mean}",
    "{run}: the bound of every step is below 1, so the gradient certainly vanishes": (
        "{run}：每一步的上界都小于 1，梯度必定消失"
    ),
    "{run}: no bound can be given, because an activation has none": "{run}：有的激活函数无界，给不出上界",
    "{run}: there is no gate on a carry, so the forget bias changes nothing": (
        "{run}：携带上没有门，遗忘门偏置不起作用"
    ),
    "A bound below 1 makes vanishing certain; a bound above 1 says nothing.": (
        "上界小于 1 时梯度必定消失；大于 1 则不能说明什么。"
    ),
    "Inputs are standard normal; states begin at 0 where the spec says nothing else.": (
        "输入服从标准正态分布；规格未另作说明时，初始状态为 0。"
    ),
    "The carry term is the largest entry of the product.": "携带项取乘积中最大的元素。",
    # The difference of two cells.
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
