using System.IO.Enumeration;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Winnow.Networks.Masks;

/// <summary>A parameter with its name in the network.</summary>
/// <param name="Name">As <c>named_parameters</c> says it.</param>
/// <param name="Weight">The network's own parameter.</param>
public readonly record struct NamedWeight(string Name, Parameter Weight);

/// <summary>
/// Which parameters can be pruned. By default the weights of all linear layers and convolutions, transposed ones too: nine of ten parameters of most networks and what methods of the
/// literature speak of. Biases and the parameters of normalisation are left alone, because they are few and a network suffers from each; embeddings, because rows are their
/// unit; weights of layers that TorchSharp runs as a whole (LSTM, attention), because nothing is known of their parts. Each of these can be named to take part.
/// </summary>
public static class PrunableWeights
{
    /// <summary>The parameters that can be pruned, in the order of <c>named_parameters</c>. One that two layers share is listed once, under its first name.</summary>
    /// <param name="network">Stays the caller's.</param>
    /// <param name="include">
    /// Null: weights of linear layers and convolutions. Else only what is named: a parameter of two or more extents (<c>embed.weight</c>), a part of the network, of which then the linear layers and
    /// convolutions are meant (<c>features</c>), or a pattern with * and ? over names of such parameters (<c>blocks.*.fc1.weight</c>).
    /// </param>
    /// <param name="exclude">Parameters, parts or patterns, taken out of those; null for none.</param>
    /// <exception cref="NetworkPruningException">A name means nothing here, or nothing is left: the message says which, and what there is.</exception>
    public static IReadOnlyList<NamedWeight> Of(nn.Module network, IReadOnlyList<string>? include = null, IReadOnlyList<string>? exclude = null)
    {
        ArgumentNullException.ThrowIfNull(network);
        var layers = new HashSet<IntPtr>();
        foreach (var (_, module) in network.named_modules().Append((name: "", module: network)))
        {
            if (WeightOf(module) is { } weight)
            {
                layers.Add(weight.Handle);
            }
        }

        var seen = new HashSet<IntPtr>();
        NamedWeight[] all = [.. network.named_parameters().Where(p => p.parameter.dim() >= 2 && seen.Add(p.parameter.Handle)).Select(static p => new NamedWeight(p.name, p.parameter))];
        var chosen = include is null ? [.. all.Where(weight => layers.Contains(weight.Weight.Handle)).Select(static weight => weight.Name)] : Named(include, all, layers);
        chosen.ExceptWith(Named(exclude ?? [], all, layers: null));
        return chosen.Count > 0 ? [.. all.Where(weight => chosen.Contains(weight.Name))] : throw new NetworkPruningException(
            $"no parameter of {network.GetName()} is left that can be pruned; it has {Listed(all)}. Name parameters of two or more extents to include, or exclude fewer.");
    }

    /// <summary>The weights of linear layers and convolutions, in the order of <c>named_parameters</c>; none where a network has neither.</summary>
    /// <param name="network">Stays the caller's.</param>
    public static IReadOnlyList<NamedWeight> OfLayers(nn.Module network)
    {
        ArgumentNullException.ThrowIfNull(network);
        return network.named_modules().Append((name: "", module: network)).Any(static entry => WeightOf(entry.module) is not null) ? Of(network) : [];
    }

    private static Parameter? WeightOf(nn.Module module) => module switch
    {
        Linear linear => linear.weight,
        Convolution convolution => convolution.weight,
        _ => null,
    };

    private static HashSet<string> Named(IReadOnlyList<string> names, NamedWeight[] all, HashSet<IntPtr>? layers)
    {
        var found = new HashSet<string>(StringComparer.Ordinal);
        foreach (var name in names)
        {
            // Whole names stand for any parameter; what stands for several means layers only.
            NamedWeight[] matches = [.. all.Where(weight => weight.Name == name)];
            matches = matches.Length > 0 ? matches : [.. all.Where(weight => (layers is null || layers.Contains(weight.Weight.Handle) || name.AsSpan().ContainsAny('*', '?'))
                && (weight.Name.StartsWith(name + ".", StringComparison.Ordinal) || FileSystemName.MatchesSimpleExpression(name, weight.Name, ignoreCase: false)))];
            if (matches.Length == 0)
            {
                throw new NetworkPruningException($"{name} is no parameter that can be pruned, no part with such, and no pattern of any; there are {Listed(all)}.");
            }

            found.UnionWith(matches.Select(static weight => weight.Name));
        }

        return found;
    }

    private static string Listed(NamedWeight[] all) => all.Length == 0 ? "no parameters of two or more extents" : string.Join(", ", all.Select(static weight => weight.Name));
}
