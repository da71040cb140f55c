using System.Reflection;
using System.Runtime.InteropServices;

namespace Winnow.Torch.Interop;

/// <summary>
/// Finds libwinnow_torch.so: the path in WINNOW_NATIVE, beside the program, in artifacts/native of a source tree around the program, and
/// last wherever the system's loader looks.
/// </summary>
internal static class NativeLibraryResolver
{
    const string FileName = "libwinnow_torch.so";
    const string Variable = "WINNOW_NATIVE";

    /// <summary>Where the library was loaded from; null until it is loaded.</summary>
    public static string? LoadedFrom { get; private set; }

    /// <summary>The callback of the runtime. Libraries other than ours are left to the runtime.</summary>
    /// <exception cref="TorchNotAvailableException">The library is missing or does not load.</exception>
    public static nint Resolve(string libraryName, Assembly assembly, DllImportSearchPath? searchPath)
    {
        if (!string.Equals(libraryName, Native.Library, StringComparison.Ordinal))
        {
            return 0;
        }

        var path = Find(Environment.GetEnvironmentVariable(Variable), AppContext.BaseDirectory);
        try
        {
            var handle = NativeLibrary.Load(path);
            LoadedFrom = path;
            return handle;
        }
        catch (DllNotFoundException error)
        {
            throw new TorchNotAvailableException(
                path == FileName
                    ? $"The native library {FileName} was not found beside the program, in artifacts/native, or by the system's loader."
                    : $"The native library {path} did not load: {error.Message.Trim()}",
                error);
        }
    }

    /// <summary>The file to load, or the plain name when none is found.</summary>
    internal static string Find(string? configured, string baseDirectory)
    {
        if (!string.IsNullOrEmpty(configured))
        {
            var file = Directory.Exists(configured) ? Path.Combine(configured, FileName) : configured;
            return File.Exists(file)
                ? Path.GetFullPath(file)
                : throw new TorchNotAvailableException($"{Variable} is '{configured}', and there is no {FileName} at that place.", null);
        }

        return Candidates(baseDirectory).FirstOrDefault(File.Exists) ?? FileName;
    }

    static IEnumerable<string> Candidates(string baseDirectory)
    {
        yield return Path.Combine(baseDirectory, "runtimes", "linux-x64", "native", FileName);
        yield return Path.Combine(baseDirectory, FileName);
        for (var folder = new DirectoryInfo(baseDirectory); folder is not null; folder = folder.Parent)
        {
            yield return Path.Combine(folder.FullName, "artifacts", "native", FileName);
        }
    }
}
