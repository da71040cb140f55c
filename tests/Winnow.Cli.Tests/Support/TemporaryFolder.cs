using Winnow.Data.Formats;

namespace Winnow.Cli.Tests.Support;

/// <summary>A folder that goes away with the test, and small data sets in it.</summary>
public sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("winnow-cli-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);

    public string At(string name) => System.IO.Path.Combine(Path, name);

    /// <summary>Everything below, relative, in order.</summary>
    public string[] Files(string folder = "") =>
        [.. Directory.EnumerateFiles(At(folder), "*", SearchOption.AllDirectories).Select(file => System.IO.Path.GetRelativePath(At(folder), file)).Order(StringComparer.Ordinal)];

    /// <summary>A data set of three classes that a small network tells apart in one or two epochs, in npy files.</summary>
    public string Table(string name = "table", int count = 600, Action<float[], int[]>? change = null)
    {
        const int Features = 4;
        var labels = new int[count];
        var values = new float[count * Features];
        for (var i = 0; i < count; i++)
        {
            labels[i] = i % 3;
            for (var f = 0; f < Features; f++)
            {
                // Spread by a fixed irrational step: the same everywhere, and no two samples alike.
                values[(i * Features) + f] = (labels[i] * (f + 1)) + (float)((((i * Features) + f) * 0.618034 % 1) - 0.5);
            }
        }

        change?.Invoke(values, labels);
        Directory.CreateDirectory(At(name));
        Npy.Write(At($"{name}/x.npy"), NpyArray.Create<float>(values, count, Features));
        Npy.Write(At($"{name}/y.npy"), NpyArray.Create<int>(labels));
        return At(name);
    }

    /// <summary>Grey images of 12x12 in three classes, told apart by the row that is bright.</summary>
    public string Images(int count = 120)
    {
        const int Side = 12;
        var (labels, pixels) = (new int[count], new byte[count * Side * Side]);
        for (var i = 0; i < count; i++)
        {
            labels[i] = i % 3;
            for (var p = 0; p < Side * Side; p++)
            {
                pixels[(i * Side * Side) + p] = (byte)((((i * 31) + (p * 17)) % 97) + (p / Side / 4 == labels[i] ? 120 : 0));
            }
        }

        Directory.CreateDirectory(At("images"));
        Npy.Write(At("images/x.npy"), NpyArray.Create<byte>(pixels, count, 1, Side, Side));
        Npy.Write(At("images/y.npy"), NpyArray.Create<int>(labels));
        return At("images");
    }

    /// <summary>One array in an npy file.</summary>
    public string Array<T>(string name, ReadOnlySpan<T> values, params ReadOnlySpan<int> shape)
        where T : unmanaged
    {
        Npy.Write(At(name), NpyArray.Create(values, shape));
        return At(name);
    }
}
