using Winnow.Catalog;
using Winnow.Networks.Masks;

namespace Winnow.Networks.Budgets;

public static partial class BudgetCatalog
{
    /// <summary>n of each m.</summary>
    public static Method<IBudget> NofM => new("n-of-m",
        "Keep the n largest of each m neighbours along the inputs: the pattern that sparse tensor cores multiply.",
        "Mishra et al., Accelerating Sparse Deep Neural Networks, 2021",
        [
            new("n", 2, 1, 1024, "how many of each group are kept") { Integer = true, Example = "1" },
            new("m", 4, 1, 1024, "how many neighbours a group is, at least n") { Integer = true, Example = "8" },
        ],
        static p => p["n"] <= p["m"] ? new NofMBudget((int)p["n"], (int)p["m"])
            : throw new MethodSpecException($"n can't be above m, and n={p.Text("n")} and m={p.Text("m")} in \"{p.Place}\"; try n=2,m=4"));
}

/// <summary>
/// In each group of m neighbours along the second extent (the inputs of linear layers and convolutions; the others fixed) the n largest scores, of equal ones the lowest index. What is left at the end of a
/// row, r &lt; m neighbours, keeps the largest ⌈r·n/m⌉: no group is thinner than asked for, and zeros added up to m make it fit the pattern. A group with fewer alive keeps those. Parameters of one extent
/// are grouped along that.
/// </summary>
/// <param name="N">How many are kept, at least 1.</param>
/// <param name="M">Of how many, at least <paramref name="N"/>.</param>
public sealed record NofMBudget(int N = 2, int M = 4) : IBudget
{
    /// <inheritdoc/>
    public bool NeedsScores => false;

    /// <inheritdoc/>
    public bool SetsDensity => true;

    /// <inheritdoc/>
    public long[] Share(IReadOnlyList<BudgetLayer> layers, long keep)
    {
        ArgumentNullException.ThrowIfNull(layers);
        return [.. layers.Select(layer => Groups(layer).Sum(group => (long)Math.Min(Places(group.Length), group.Count(i => layer.Alive?[i] is not false))))];
    }

    /// <inheritdoc/>
    public MaskSet Select(IReadOnlyList<BudgetLayer> layers, long[] counts)
    {
        ArgumentNullException.ThrowIfNull(layers);
        return new(layers.Select(layer =>
        {
            var scores = layer.Scores;
            var words = new ulong[(layer.Count + 63) / 64];
            foreach (var group in Groups(layer))
            {
                foreach (var i in group.Where(i => layer.Alive?[i] is not false).OrderByDescending(i => scores.Span[i]).ThenBy(static i => i).Take(Places(group.Length)))
                {
                    words[i >> 6] |= 1UL << (i & 63);
                }
            }

            return Mask.OfWords(layer.Name, [.. layer.Shape], words);
        }));
    }

    private int Places(int length) => ((length * N) + M - 1) / M;

    // Row-major indices of each group's members.
    private IEnumerable<int[]> Groups(BudgetLayer layer)
    {
        long[] shape = [.. layer.Shape];
        var axis = Math.Min(1, shape.Length - 1);
        var (outer, along, inner) = axis < 0 ? (1, 1, 1) : ((int)Mask.Elements(shape.AsSpan(0, axis)), (int)shape[axis], (int)Mask.Elements(shape.AsSpan(axis + 1)));
        for (var o = 0; o < outer; o++)
        {
            for (var k = 0; k < inner; k++)
            {
                for (var start = 0; start < along; start += M)
                {
                    var group = new int[Math.Min(M, along - start)];
                    for (var i = 0; i < group.Length; i++)
                    {
                        group[i] = (((o * along) + start + i) * inner) + k;
                    }

                    yield return group;
                }
            }
        }
    }
}
