namespace Winnow.Policies;

/// <summary>Turns a float64 threshold into the float32 limit for which "loss &lt; limit" says the same of every float32 loss.</summary>
internal static class LossLimit
{
    /// <summary>loss &lt; threshold ⇔ loss &lt; the smallest float32 that is at least the threshold.</summary>
    public static float AtLeast(double threshold)
    {
        var rounded = (float)threshold;
        return rounded < threshold ? MathF.BitIncrement(rounded) : rounded;
    }

    /// <summary>loss ≤ threshold ⇔ loss &lt; the smallest float32 above the threshold.</summary>
    public static float Above(double threshold)
    {
        var rounded = (float)threshold;
        return rounded <= threshold ? MathF.BitIncrement(rounded) : rounded;
    }
}
