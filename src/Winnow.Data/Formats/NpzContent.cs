namespace Winnow.Data.Formats;

/// <summary>What an npz holds, in the order of the file.</summary>
public sealed class NpzContent
{
    /// <summary>The arrays by name, without <c>.npy</c>.</summary>
    public IList<KeyValuePair<string, NpyArray>> Arrays { get; } = new List<KeyValuePair<string, NpyArray>>();

    /// <summary>Other entries, UTF-8 texts such as <c>manifest.json</c>, by their whole name. numpy gives them out as bytes.</summary>
    public IList<KeyValuePair<string, string>> Texts { get; } = new List<KeyValuePair<string, string>>();

    /// <summary>Adds an array and returns this, to write contents in one expression.</summary>
    /// <param name="name">Its name without <c>.npy</c>, once in an archive.</param>
    /// <param name="array">The array.</param>
    /// <exception cref="ArgumentException">The name is empty or taken.</exception>
    public NpzContent With(string name, NpyArray array)
    {
        Check(name, Arrays.Any(e => e.Key == name));
        Arrays.Add(new(name, array));
        return this;
    }

    /// <summary>Adds a text and returns this.</summary>
    /// <param name="name">Its whole name, e.g. <c>manifest.json</c>; doesn't end in <c>.npy</c>.</param>
    /// <param name="text">The text.</param>
    /// <exception cref="ArgumentException">The name is empty, taken, or an array's.</exception>
    public NpzContent With(string name, string text)
    {
        Check(name, Texts.Any(e => e.Key == name) || name?.EndsWith(".npy", StringComparison.Ordinal) == true);
        Texts.Add(new(name!, text));
        return this;
    }

    /// <summary>The array of a name, or null.</summary>
    /// <param name="name">Its name without <c>.npy</c>.</param>
    public NpyArray? Find(string name) => Arrays.FirstOrDefault(e => e.Key == name).Value;

    /// <summary>The text of a name, or null.</summary>
    /// <param name="name">Its whole name.</param>
    public string? FindText(string name) => Texts.FirstOrDefault(e => e.Key == name).Value;

    private static void Check(string? name, bool taken)
    {
        if (string.IsNullOrEmpty(name) || taken)
        {
            throw new ArgumentException($"\"{name}\" is empty, taken, or ends in .npy for a text.", nameof(name));
        }
    }
}
