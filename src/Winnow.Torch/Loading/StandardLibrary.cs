using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.RegularExpressions;

namespace Winnow.Torch.Loading;

/// <summary>
/// TorchSharp's native library asks for a version of libstdc++ that Debian 12 and Ubuntu 22.04 don't have, although nothing in it uses that version.
/// Where it doesn't load for that reason, a copy in which the need is weak is loaded in its place: it lies in a cache folder, and the
/// package stays as it is.
/// </summary>
internal static partial class StandardLibrary
{
    private const string Name = "libstdc++";

    /// <summary>Loads a library, mended where the system's C++ library is too old for it.</summary>
    /// <param name="path">The library.</param>
    /// <exception cref="TorchNotAvailableException">It doesn't load, and not for that reason, or can't be mended.</exception>
    public static Gap Load(string path)
    {
        try
        {
            NativeLibrary.Load(path);
            return new Gap(Name, GapState.NotNeeded, "the system's C++ library is recent enough for TorchSharp");
        }
        catch (DllNotFoundException error)
        {
            var missing = MissingVersion().Matches(error.Message).Select(static match => match.Value).Distinct(StringComparer.Ordinal).ToArray();
            if (missing.Length == 0)
            {
                throw new TorchNotAvailableException($"{path} doesn't load: {error.Message.Trim()}", error);
            }

            var mended = ElfVersionNeeds.Loosen(File.ReadAllBytes(path), missing)
                ?? throw new TorchNotAvailableException(
                    $"{path} needs {string.Join(", ", missing)} of the C++ library, which this system's is too old for. Install a newer libstdc++ (GCC 13 or later), or run in a container of a newer system.", error);
            var copy = Keep(mended, Path.GetFileName(path));
            try
            {
                NativeLibrary.Load(copy);
            }
            catch (DllNotFoundException second)
            {
                throw new TorchNotAvailableException($"{copy}, a copy of {path} for older C++ libraries, doesn't load: {second.Message.Trim()}", second);
            }

            return new Gap(Name, GapState.InUse, $"the system's C++ library lacks {string.Join(", ", missing)}, which nothing uses: a copy of TorchSharp's native library without that need is loaded from {copy}");
        }
    }

    /// <summary>
    /// Puts the content into a cache folder of the user's, under a name that is the content's. What lies there is compared, not believed, so that
    /// nobody can slip in another library.
    /// </summary>
    private static string Keep(byte[] content, string name)
    {
        var digest = Convert.ToHexStringLower(SHA256.HashData(content))[..16];
        Exception? last = null;
        foreach (var root in CacheFolders())
        {
            var target = Path.Combine(root, "winnow", "torch", digest, name);
            try
            {
                if (File.Exists(target) && File.ReadAllBytes(target).AsSpan().SequenceEqual(content))
                {
                    return target;
                }

                Directory.CreateDirectory(Path.GetDirectoryName(target)!);
                var temporary = $"{target}.{Environment.ProcessId}.{Path.GetRandomFileName()}";
                File.WriteAllBytes(temporary, content);
                File.Move(temporary, target, overwrite: true);
                return target;
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                last = error;
            }
        }

        throw new TorchNotAvailableException(
            $"TorchSharp's native library has to be copied for this system's older C++ library, and no folder takes the copy: {last?.Message} Set XDG_CACHE_HOME to a folder that can be written.", last);
    }

    private static IEnumerable<string> CacheFolders()
    {
        if (Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } cache && Path.IsPathRooted(cache))
        {
            yield return cache;
        }

        if (Environment.GetEnvironmentVariable("HOME") is { Length: > 0 } home)
        {
            yield return Path.Combine(home, ".cache");
        }

        // A folder of its own, since others may write there.
        yield return Path.Combine(Path.GetTempPath(), $"winnow-{Environment.UserName}");
    }

    [GeneratedRegex("GLIBCXX_[0-9.]+|CXXABI_[0-9.]+", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex MissingVersion();
}
