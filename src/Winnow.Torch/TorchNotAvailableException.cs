namespace Winnow.Torch;

/// <summary>The native library, or the libtorch it was built against, is not on this machine.</summary>
public sealed class TorchNotAvailableException : Exception
{
    const string Remedy =
        " Run ./winnow setup: it installs libtorch (Debian: libtorch-dev libopenblas0-openmp g++ cmake) and builds the library. "
        + "To use another libtorch, set WINNOW_LIBTORCH to the folder with its include and lib and run ./winnow setup again. "
        + "From the NuGet package: build native/winnow_torch in the package's folder with CMake (its readme has the lines) and name the file in WINNOW_NATIVE.";

    /// <summary>Makes the exception; the remedy is appended to the problem.</summary>
    /// <param name="problem">What is missing, as a sentence.</param>
    /// <param name="cause">The loader's own error, if there is one.</param>
    public TorchNotAvailableException(string problem, Exception? cause)
        : base(problem + Remedy, cause)
    {
    }
}
