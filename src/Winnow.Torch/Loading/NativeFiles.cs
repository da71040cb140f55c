using System.Runtime.InteropServices;

namespace Winnow.Torch.Loading;

/// <summary>Where the native files of libtorch and TorchSharp lie, as the runtime looks for them.</summary>
internal static class NativeFiles
{
    /// <summary>The first of the runtime's folders that holds a file; null where none does.</summary>
    /// <param name="name">The plain name, such as <c>torch_cpu</c>.</param>
    public static string? Find(string name)
    {
        var file = FileName(name);
        return Folders().Select(folder => Path.Combine(folder, file)).FirstOrDefault(File.Exists);
    }

    /// <summary>The file that a library of a plain name has on this system.</summary>
    public static string FileName(string name) =>
        OperatingSystem.IsWindows() ? name + ".dll" : OperatingSystem.IsMacOS() ? $"lib{name}.dylib" : $"lib{name}.so";

    private static IEnumerable<string> Folders()
    {
        // What the host found by the program's dependency file, then the usual places of a program without one.
        var known = AppContext.GetData("NATIVE_DLL_SEARCH_DIRECTORIES") as string ?? "";
        foreach (var folder in known.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries))
        {
            yield return folder;
        }

        var beside = Path.GetDirectoryName(typeof(TorchSharp.torch).Assembly.Location);
        foreach (var root in new[] { AppContext.BaseDirectory, beside }.OfType<string>().Where(static root => root.Length > 0).Distinct(StringComparer.Ordinal))
        {
            yield return root;
            yield return Path.Combine(root, "runtimes", RuntimeInformation.RuntimeIdentifier, "native");
            yield return Path.Combine(root, "runtimes", PortableIdentifier, "native");
        }
    }

    private static string PortableIdentifier
    {
        get
        {
            var system = OperatingSystem.IsWindows() ? "win" : OperatingSystem.IsMacOS() ? "osx" : "linux";
#pragma warning disable CA1308 // The identifiers are lower case.
            return $"{system}-{RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant()}";
#pragma warning restore CA1308
        }
    }
}
