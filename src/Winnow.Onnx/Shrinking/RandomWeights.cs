using Onnx;
using Winnow.Numerics;
using Winnow.Onnx.Graphs;

namespace Winnow.Onnx.Shrinking;

/// <summary>
/// Weights that hide nothing: trained ones may be zero where it matters, such as the last norm of a residual block or a layer scale, and a wrong group behind them would
/// pass for a right one.
/// </summary>
internal static class RandomWeights
{
    private const ulong Seed = 23;

    /// <summary>The tidied model with drawn numbers in the constants of which something goes.</summary>
    public static ModelProto Of(GraphView view, IEnumerable<string> constants)
    {
        var model = view.Model.Clone();
        var drawn = constants.ToHashSet(StringComparer.Ordinal);
        var factors = view.Nodes.Where(static node => node.Type is "Mul" or "Div" or "Pow" or "Mod").SelectMany(static node => node.Inputs)
            .Concat(view.Nodes.Where(static node => node.Type.EndsWith("Normalization", StringComparison.Ordinal)).SelectMany(static node => new[] { node.Input(1), node.Input(4) }))
            .Concat(view.Nodes.Where(static node => node.Type == "PRelu").Select(static node => node.Input(1))).ToHashSet();
        for (var k = 0; k < model.Graph.Initializer.Count; k++)
        {
            var tensor = model.Graph.Initializer[k];
            var type = TensorBytes.Type(tensor);
            if (!drawn.Contains(tensor.Name) || TensorBytes.Floats(type, []) is null)
            {
                continue;
            }

            var sequence = Rng.Derive(Seed, k, "onnx-weights").Sequence();
            var values = new float[TensorBytes.Count(tensor)];
            var isFactor = factors.Contains(tensor.Name);

            // Uniform, of the variance that keeps the size of a signal through a ReLU (He et al. 2015); what is multiplied by is about 1.
            var fan = tensor.Dims.Count > 1 ? Math.Sqrt(6.0 * tensor.Dims.Max() / values.Length) : 0.1;
            for (var n = 0; n < values.Length; n++)
            {
                values[n] = (float)(isFactor ? 0.5 + sequence.NextDouble() : ((2 * sequence.NextDouble()) - 1) * fan);
            }

            model.Graph.Initializer[k] = TensorBytes.Make(tensor.Name, type, tensor.Dims, TensorBytes.Bytes(type, values));
        }

        return model;
    }
}
