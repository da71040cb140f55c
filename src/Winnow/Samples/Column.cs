namespace Winnow.Samples;

/// <summary>A number a sample that a policy keeps between epochs.</summary>
/// <param name="Name">The name, unique in a table.</param>
/// <param name="Initial">The value before anything was observed.</param>
/// <param name="Merge">How values from several processes become one.</param>
public sealed record Column(string Name, float Initial = 0f, Merge Merge = Merge.LastWriter)
{
    /// <summary>The name of the column that holds the last observed loss, by which statistics find it whatever its initial value is.</summary>
    public const string LossName = "loss";

    /// <summary>The last observed loss, as it came: NaN and infinities included, which the flags tell apart.</summary>
    public static Column Loss { get; } = new(LossName);
}
