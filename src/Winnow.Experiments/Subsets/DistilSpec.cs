using Winnow.Catalog;

namespace Winnow.Experiments.Subsets;

/// <summary>A teacher that an arm learns from, a network trained on all data: <c>distil</c>, <c>distil:alpha=0.8,temperature=2</c>.</summary>
/// <param name="Alpha">The teacher's share of the loss, in [0, 1]; null for the share of the samples that isn't kept.</param>
/// <param name="Temperature">How much both distributions are softened, above 0.</param>
internal sealed record DistilSpec(double? Alpha, double Temperature)
{
    public const string Name = "distil";

    private static Method<DistilSpec> Method { get; } = new(Name,
        "Learn from the probabilities of a network that was trained on all data, the more so the fewer samples are kept.",
        "Ben-Baruch et al., Distilling the Knowledge in Data Pruning, 2024; Hinton et al. 2015",
        [
            Parameter.Optional("alpha", 0, 1, "the teacher's share of the loss (unset: the share of the samples that isn't kept)") with { Example = "0.8" },
            new("temperature", 4, 0, 1000, "how much both distributions are softened") { MinOpen = true, Example = "2" },
        ],
        static p => new DistilSpec(p.Maybe("alpha"), p["temperature"]));

    /// <summary>Whether a part of an arm's evidence is meant as one.</summary>
    public static bool Is(string part) => part == Name || part.StartsWith(Name + ":", StringComparison.Ordinal);

    /// <exception cref="MethodSpecException">A value is wrong; the message says what is possible.</exception>
    public static DistilSpec Parse(string text) => Method.Create(MethodSpec.Parse(text));

    /// <inheritdoc cref="Parse"/>
    public static string Canonical(string text) => Method.Canonical(MethodSpec.Parse(text)).ToString();
}
