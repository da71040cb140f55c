using System.Globalization;

namespace Winnow.Torch.Distributed;

/// <summary>What all ranks have to begin alike, for messages.</summary>
/// <param name="Name">Such as <c>an all-reduce</c>.</param>
/// <param name="Count">Elements, in [0, 2^63).</param>
/// <param name="Type">What they are.</param>
internal readonly record struct ExchangeKind(string Name, long Count, string Type)
{
    /// <summary>None yet.</summary>
    public static ExchangeKind None => new("nothing", 0, "");

    /// <summary>Such as <c>an all-reduce of 3 Float64</c>.</summary>
    public override string ToString() => Type.Length == 0 ? Name : string.Create(CultureInfo.InvariantCulture, $"{Name} of {Count} {Type}");
}

/// <summary>Where a rank is: how many exchanges it has begun, and the last of them.</summary>
/// <param name="Exchanges">From 0.</param>
/// <param name="Last">The last one, for messages.</param>
internal sealed record RankProgress(long Exchanges, string Last)
{
    /// <summary>Before the first.</summary>
    public static RankProgress Start { get; } = new(0, ExchangeKind.None.ToString());
}
