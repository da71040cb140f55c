using System.Runtime.InteropServices;
using Winnow.Torch.Loading;

namespace Winnow.Torch.Distributed;

/// <summary>
/// Finds and loads libwinnow_gloo.so: the path in WINNOW_NATIVE, beside the program, in artifacts/native of a source tree around the
/// program, and last wherever the system's loader looks.
/// </summary>
internal static unsafe partial class GlooLibrary
{
    /// <summary>The version of winnow_gloo.h that these calls were written for.</summary>
    private const int Abi = 1;

    private const string Library = "winnow_gloo", Variable = "WINNOW_NATIVE";
    private const string Remedy = "train in one process, or see docs/processes.md for what to install";
    private const int BindNow = 2, BindToItsOwn = 8;

    /// <summary>gloo::barrier(gloo::BarrierOptions&amp;), as every gloo exports it.</summary>
    private const string OneOfGloo = "_ZN4gloo7barrierERNS_14BarrierOptionsE";

    private static readonly Lazy<(nint Handle, string Detail)> s_loaded = new(Load);

    static GlooLibrary() => NativeLibrary.SetDllImportResolver(
        typeof(GlooLibrary).Assembly, static (name, _, _) => name == Library ? s_loaded.Value.Handle : 0);

    /// <summary>Whether it is loaded, and from where, or why not.</summary>
    public static Gap Availability =>
        new("process groups", s_loaded.Value.Handle != 0 ? GapState.InUse : GapState.Unavailable, s_loaded.Value.Detail);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int winnow_gloo_open(string address, int rank, int size, long timeout, out nint group);

    [LibraryImport(Library)]
    public static partial int winnow_gloo_address(nint group, int peer, byte* bytes, out int length);

    [LibraryImport(Library)]
    public static partial int winnow_gloo_connect(nint group, int peer, byte* bytes, int length);

    [LibraryImport(Library)]
    public static partial int winnow_gloo_all_reduce(nint group, nint data, long count, int type, out nint exchange);

    [LibraryImport(Library)]
    public static partial int winnow_gloo_all_gather(nint group, nint mine, long bytes, nint all, out nint exchange);

    [LibraryImport(Library)]
    public static partial int winnow_gloo_broadcast(nint group, nint data, long bytes, int root, out nint exchange);

    [LibraryImport(Library)]
    public static partial int winnow_gloo_barrier(nint group, out nint exchange);

    [LibraryImport(Library)]
    public static partial int winnow_gloo_wait(nint exchange);

    [LibraryImport(Library)]
    public static partial void winnow_gloo_abort(nint group);

    [LibraryImport(Library)]
    public static partial void winnow_gloo_close(nint group);

    /// <summary>Throws what the library says when a call failed.</summary>
    /// <exception cref="ExchangeFailedException">It did.</exception>
    public static void Check(int status)
    {
        if (status != 0)
        {
            throw new ExchangeFailedException(Marshal.PtrToStringUTF8((nint)winnow_gloo_error()) ?? "");
        }
    }

    /// <summary>The file to load, or the plain name when none is found.</summary>
    /// <param name="configured">What the variable says.</param>
    /// <param name="beside">What lies beside the program.</param>
    /// <param name="baseDirectory">The program's folder.</param>
    /// <exception cref="FileNotFoundException">The variable names a place where it isn't.</exception>
    internal static string Find(string? configured, string? beside, string baseDirectory)
    {
        var name = NativeFiles.FileName(Library);
        if (!string.IsNullOrEmpty(configured))
        {
            var file = Directory.Exists(configured) ? Path.Combine(configured, name) : configured;
            return File.Exists(file) ? Path.GetFullPath(file) : throw new FileNotFoundException($"{Variable} is '{configured}', and there is no {name} at that place");
        }

        if (beside is not null)
        {
            return beside;
        }

        for (var folder = new DirectoryInfo(baseDirectory); folder is not null; folder = folder.Parent)
        {
            var built = Path.Combine(folder.FullName, "artifacts", "native", name);
            if (File.Exists(built))
            {
                return built;
            }
        }

        return name;
    }

    private static (nint Handle, string Detail) Load()
    {
        if (!OperatingSystem.IsLinux())
        {
            return (0, $"training in several processes takes gloo, which is supported here on Linux only; {Remedy}");
        }

        try
        {
            var path = Find(Environment.GetEnvironmentVariable(Variable), NativeFiles.Find(Library), AppContext.BaseDirectory);
            var handle = Open(path, out var error);
            if (handle == 0)
            {
                return (0, Path.IsPathRooted(path)
                    ? $"{path} doesn't load: {error}; {Remedy}"
                    : $"{path} isn't there: it takes gloo, g++ and cmake to build (Debian: libgloo-dev); {Remedy}");
            }

            if (!NativeLibrary.TryGetExport(handle, "winnow_gloo_abi", out var abi) || ((delegate* unmanaged<int>)abi)() != Abi)
            {
                return (0, $"{path} is of another version than this program; build it again, or {Remedy}");
            }

            return (handle, $"gloo, by {path}");
        }
        catch (FileNotFoundException error)
        {
            return (0, $"{error.Message}; {Remedy}");
        }
    }

    /// <summary>
    /// Loads the library. libtorch has a gloo of another version inside, and where it was loaded for all to see (LD_PRELOAD, RTLD_GLOBAL), calls would end up in
    /// that: then, and only then, references are bound to what the library brings before what the whole process has. That binds its libraries to glibc's
    /// allocator, too, so that with another one in glibc's place (tcmalloc) they would free what isn't theirs, and the process would die of it.
    /// </summary>
    private static nint Open(string path, out string error)
    {
        error = "";
        if (!TryFind("dlopen", out var open))
        {
            return NativeLibrary.TryLoad(path, out var plain) ? plain : 0;
        }

        var clash = NativeLibrary.TryGetExport(NativeLibrary.GetMainProgramHandle(), OneOfGloo, out _);
        if (clash && Allocator.Preloaded() is { } allocator)
        {
            error = $"a gloo of another version (libtorch's) and {allocator} are both loaded for the whole process (LD_PRELOAD), and it can't be kept from both; leave one of them out";
            return 0;
        }

        var name = Marshal.StringToCoTaskMemUTF8(path);
        try
        {
            var handle = ((delegate* unmanaged<nint, int, nint>)open)(name, clash ? BindNow | BindToItsOwn : BindNow);
            if (handle == 0 && TryFind("dlerror", out var explain))
            {
                error = Marshal.PtrToStringUTF8(((delegate* unmanaged<nint>)explain)()) ?? "";
            }

            return handle;
        }
        finally
        {
            Marshal.FreeCoTaskMem(name);
        }
    }

    // In the C library since glibc 2.34, beside it before.
    private static bool TryFind(string function, out nint address)
    {
        address = 0;
        return (NativeLibrary.TryLoad("libc.so.6", out var library) && NativeLibrary.TryGetExport(library, function, out address))
            || (NativeLibrary.TryLoad("libdl.so.2", out library) && NativeLibrary.TryGetExport(library, function, out address));
    }

    [LibraryImport(Library)]
    private static partial byte* winnow_gloo_error();
}
