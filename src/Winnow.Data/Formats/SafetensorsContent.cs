using Winnow.Checkpoints;

namespace Winnow.Data.Formats;

/// <summary>What a safetensors file holds.</summary>
public sealed class SafetensorsContent
{
    /// <summary>Texts about the file by name, each once; <c>format</c> is <c>pt</c> where the arrays are PyTorch's.</summary>
    public IList<KeyValuePair<string, string>> Metadata { get; } = new List<KeyValuePair<string, string>>();

    /// <summary>The arrays, in the order of their bytes.</summary>
    public IList<SafetensorsArray> Arrays { get; } = new List<SafetensorsArray>();

    /// <summary>The array of a name, or null.</summary>
    /// <param name="name">Its name.</param>
    public SafetensorsArray? Find(string name) => Arrays.FirstOrDefault(array => array.Name == name);
}

/// <summary>One array of a safetensors file.</summary>
/// <param name="Name">Its name, once in a file.</param>
/// <param name="Type">The element type as the format writes it, such as <c>F32</c>; <see cref="SafetensorsHeader.Size"/> knows those there are.</param>
/// <param name="Shape">The sizes of its dimensions; none for a single number.</param>
/// <param name="Data">The elements in row-major order, little-endian.</param>
public sealed record SafetensorsArray(string Name, string Type, IReadOnlyList<long> Shape, ReadOnlyMemory<byte> Data)
{
    /// <summary>Type and shape for a message, such as <c>F32[3, 4]</c>.</summary>
    public string Description => SafetensorsHeader.Describe(Type, Shape);
}
