using Winnow.Catalog;

namespace Winnow.Curation.Signals;

/// <summary>All quality signals by name, in the order of the columns of a table with all of them.</summary>
public static class SignalCatalog
{
    private static readonly Lazy<Signal[]> s_all = new(static () => [.. Gopher.Signals, .. C4Signals.Signals, .. FineWeb.Signals, .. RedPajama.Signals]);

    private static readonly (string Name, Func<IReadOnlyList<Signal>> Signals)[] s_groups =
    [
        ("c4", static () => C4Signals.Signals),
        ("fineweb", static () => FineWeb.Signals),
        ("gopher", static () => Gopher.Signals),
        ("gopher-quality", static () => Gopher.Quality),
        ("gopher-repetition", static () => Gopher.Repetition),
        ("redpajama", static () => [.. RedPajama.Signals.Where(static s => s.Id != SignalId.RpsLdnoobwWords)]),
    ];

    /// <summary>All signals.</summary>
    public static IReadOnlyList<Signal> All => s_all.Value;

    /// <summary>The names that stand for several signals: <c>c4</c>, <c>fineweb</c>, <c>gopher</c>, <c>gopher-quality</c>, <c>gopher-repetition</c>, <c>redpajama</c>.</summary>
    public static IReadOnlyList<string> Groups => [.. s_groups.Select(static g => g.Name)];

    /// <summary>The signal of a name.</summary>
    /// <param name="name">A signal's name.</param>
    /// <exception cref="CurationException">There is none.</exception>
    public static Signal Find(string name) => TryFind(name) ?? throw Unknown(name);

    /// <summary>The signal of a name, or null.</summary>
    /// <param name="name">Any text.</param>
    public static Signal? TryFind(string name) => Array.Find(s_all.Value, s => s.Name == name);

    /// <summary>The signals that names of signals and groups stand for, each once, in the order of their first mention.</summary>
    /// <param name="names">Names of signals and of groups.</param>
    /// <exception cref="CurationException">A name is neither.</exception>
    public static IReadOnlyList<Signal> Resolve(IEnumerable<string> names)
    {
        ArgumentNullException.ThrowIfNull(names);
        var found = new List<Signal>();
        foreach (var name in names)
        {
            var group = Array.Find(s_groups, g => g.Name == name);
            foreach (var signal in group.Signals?.Invoke() ?? [Find(name)])
            {
                if (!found.Contains(signal))
                {
                    found.Add(signal);
                }
            }
        }

        return found;
    }

    private static CurationException Unknown(string name)
    {
        string[] known = [.. Groups, .. All.Select(static s => s.Name)];
        var near = Closest.To(name, known) is { } word ? $": did you mean {word}?" : "";
        return new($"No quality signal is called \"{name}\"; the groups are {string.Join(", ", Groups)}, and each signal has a name of its own such as word_count{near}");
    }
}
