using Winnow.Networks.Shrinking;

namespace Winnow.Onnx.Shrinking;

/// <summary>A smaller network and what it was made of.</summary>
public sealed class ShrunkOnnx
{
    internal ShrunkOnnx(OnnxNetwork network, ShrinkOutcome outcome, GraphCut cut) => (Network, Outcome, Cut) = (network, outcome, cut);

    /// <summary>The smaller network.</summary>
    public OnnxNetwork Network { get; }

    /// <summary>Sizes before and after, the difference to the masked network, and the positions that are left of each weight.</summary>
    public ShrinkOutcome Outcome { get; }

    internal GraphCut Cut { get; }
}
