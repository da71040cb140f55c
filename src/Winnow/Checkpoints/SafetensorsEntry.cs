namespace Winnow.Checkpoints;

/// <summary>One array of a safetensors file, as its header describes it.</summary>
/// <param name="Name">Its name, once in a file.</param>
/// <param name="Type">The element type as the format writes it, such as <c>F32</c>; <see cref="SafetensorsHeader.Size"/> knows those there are.</param>
/// <param name="Shape">The sizes of its dimensions, each at least 0; none for a single number.</param>
/// <param name="Start">Where its bytes begin, counted from the end of the header.</param>
/// <param name="Length">How many bytes it has.</param>
public sealed record SafetensorsEntry(string Name, string Type, IReadOnlyList<long> Shape, long Start, long Length)
{
    /// <summary>Type and shape for a message, such as <c>F32[3, 4]</c>.</summary>
    public string Description => SafetensorsHeader.Describe(Type, Shape);
}
