using Winnow.Networks.Budgets;
using Winnow.Networks.Masks;
using Winnow.Networks.Tests.Support;
using Winnow.Numerics;

namespace Winnow.Networks.Tests.Budgets;

/// <summary>Layers for tests.</summary>
internal static class LayerLists
{
    public static BudgetLayer[] Shapes(params long[][] shapes) => [.. shapes.Select(static (shape, l) => new BudgetLayer($"layer{l}", shape))];

    /// <summary>A list of one to eight layers of any shape, with scores of which many are equal; some elements are dead where wanted.</summary>
    public static BudgetLayer[] Random(ulong seed, bool alive = false)
    {
        var random = Rng.Derive(seed, 0, "test/layers").Sequence();
        var layers = new BudgetLayer[1 + random.Next(8)];
        for (var l = 0; l < layers.Length; l++)
        {
            long[] shape = random.Next(2) == 0
                ? [1 + random.Next(40), 1 + random.Next(60)]
                : [1 + random.Next(12), 1 + random.Next(12), 1 + random.Next(4), 1 + random.Next(4)];
            var count = (int)shape.Aggregate(1L, static (a, b) => a * b);
            float[] scores = [.. Nets.Floats(count, (seed * 100) + (ulong)l).Select(static x => MathF.Round(MathF.Abs(x) * 50) / 50)];
            var mask = alive && random.Next(3) > 0 ? Mask.Of($"layer{l}", [.. Nets.Floats(count, (seed * 100) + 50 + (ulong)l).Select(static x => x > -0.6)], shape) : null;
            layers[l] = new($"layer{l}", shape, scores, mask) { Group = random.Next(2) == 0 ? "a" : "b" };
        }

        return layers;
    }
}
