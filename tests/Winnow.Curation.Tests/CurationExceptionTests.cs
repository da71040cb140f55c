using Winnow.Data;

namespace Winnow.Curation.Tests;

public class CurationExceptionTests
{
    [Fact]
    public void Is_bad_data_to_whoever_catches_that() => Assert.IsAssignableFrom<DataException>(new CurationException("value, rule, remedy"));
}
