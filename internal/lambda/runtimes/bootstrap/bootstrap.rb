# frozen_string_literal: true

# Dipylon's runtime client for Ruby: takes calls from the Lambda Runtime API and gives them to the function's handler.
#
# It speaks HTTP by hand over one connection to a Unix socket, and sends a response together with the request for the
# next call in one write. What a handler sees (context, errors) is what AWS's managed runtimes show.

require 'socket'
require 'json'

module AwsLambda
  # Functions may replace its methods, as on AWS.
  class Marshaller
    def self.marshall_request(request)
      JSON.parse(request.body)
    end

    # A string, or a body with its content type.
    def self.marshall_response(response)
      response.respond_to?(:read) ? [response, 'application/unknown'] : JSON.generate(response)
    end
  end
end

class LambdaContext
  attr_reader :aws_request_id, :invoked_function_arn, :log_group_name, :log_stream_name, :function_name,
              :memory_limit_in_mb, :function_version, :identity, :tenant_id, :client_context, :deadline_ms

  def initialize(headers)
    @deadline_ms = headers['lambda-runtime-deadline-ms'].to_i
    @aws_request_id = headers['lambda-runtime-aws-request-id']
    @invoked_function_arn = headers['lambda-runtime-invoked-function-arn']
    @log_group_name = ENV['AWS_LAMBDA_LOG_GROUP_NAME']
    @log_stream_name = ENV['AWS_LAMBDA_LOG_STREAM_NAME']
    @function_name = ENV['AWS_LAMBDA_FUNCTION_NAME']
    @memory_limit_in_mb = ENV['AWS_LAMBDA_FUNCTION_MEMORY_SIZE']
    @function_version = ENV['AWS_LAMBDA_FUNCTION_VERSION']
    @identity = parse(headers['lambda-runtime-cognito-identity'])
    @client_context = parse(headers['lambda-runtime-client-context'])
  end

  def get_remaining_time_in_millis
    [@deadline_ms - Process.clock_gettime(Process::CLOCK_REALTIME, :millisecond), 0].max
  end

  private

  def parse(header)
    JSON.parse(header.dup.force_encoding(Encoding::UTF_8)) unless header.to_s.empty?
  end
end

module Dipylon
  API = '/2018-06-01/runtime/'
  NEXT = "GET #{API}invocation/next HTTP/1.1\r\nHost: lambda\r\n\r\n"
  FRAMES = 100

  Request = Struct.new(:headers, :body) do
    def [](name)
      headers[name.downcase]
    end
  end

  # The connection to the Runtime API. Its responses have a Content-Length, always.
  class Connection
    def initialize(path)
      @socket = UNIXSocket.new(path)
    end

    def send(data)
      @socket.write(data)
    end

    def receive
      status = line
      headers = {}
      until (text = line).empty?
        name, value = text.split(':', 2)
        headers[name.downcase] = value.strip
      end
      body = @socket.read(headers['content-length'].to_i).force_encoding(Encoding::UTF_8)
      [status[9, 3], Request.new(headers, body)]
    end

    private

    # Without the API there is nothing to do, and nobody who would end this process.
    def line
      @socket.gets("\r\n", chomp: true) || exit!(1)
    end
  end

  # Runner gives calls to the handler FILE.METHOD or FILE.CLASS.METHOD.
  class Runner
    def initialize(connection)
      @connection = connection
    end

    def run(name)
      begin
        load_handler(name)
      rescue Exception => e
        fail_init(name, e)
      end
      request = NEXT
      awaited = 0
      loop do
        @connection.send(request)
        awaited.times { @connection.receive }
        status, call = @connection.receive
        exit!(1) unless status == '200'
        request = answer(call) + NEXT
        awaited = 1
      end
    end

    private

    def load_handler(name)
      parts = name.split('.')
      unless [2, 3].include?(parts.size)
        raise ArgumentError, "Invalid handler #{parts}, must be of form FILENAME.METHOD or FILENAME.CLASS.METHOD where FILENAME corresponds with an existing Ruby source file FILENAME.rb, CLASS is an optional module/class namespace and METHOD is a callable method. If using CLASS, METHOD must be a class-level method."
      end
      @method = parts.pop
      @class = parts[1]
      require parts[0]
    end

    def fail_init(name, error)
      object = describe(error, 'Init')
      puts "Init error when loading handler #{name}", JSON.pretty_generate(object)
      @connection.send(post('init/error', JSON.generate(object), headers: error_type(object)))
      @connection.receive
      exit!(252)
    end

    # A name that does not exist, or what is no StandardError, ends the process when the error is told.
    def answer(call)
      id = call['Lambda-Runtime-Aws-Request-Id']
      ENV['_X_AMZN_TRACE_ID'] = call['Lambda-Runtime-Trace-Id']
      body, content_type = invoke(AwsLambda::Marshaller.marshall_request(call), LambdaContext.new(call.headers))
      body = body.read if body.respond_to?(:read)
      post("invocation/#{id}/response", body, content_type: content_type || 'application/json')
    rescue NameError => e
      die(id, e)
    rescue StandardError => e
      failure(id, e, 'Error raised from handler method')
    rescue Exception => e
      die(id, e)
    end

    def invoke(event, context)
      receiver = @class ? Kernel.const_get(@class) : self
      AwsLambda::Marshaller.marshall_response(receiver.__send__(@method, event: event, context: context))
    end

    def failure(id, error, message)
      object = describe(error, 'Function')
      puts message, JSON.pretty_generate(object)
      post("invocation/#{id}/error", JSON.generate(object), headers: error_type(object))
    end

    def die(id, error)
      @connection.send(failure(id, error, 'Critical exception from handler'))
      @connection.receive
      exit!(255)
    end

    def describe(error, kind)
      trace = (error.backtrace || []).take_while { |line| !line.start_with?(__FILE__) }.first(FRAMES)
      { errorMessage: error.message, errorType: "#{kind}<#{error.class}>", stackTrace: trace }
    end

    def error_type(object)
      "Lambda-Runtime-Function-Error-Type: #{object[:errorType].gsub(/[^ -~]/, '?')[0, 256]}\r\n"
    end

    def post(path, body, content_type: 'application/json', headers: '')
      head = "POST #{API}#{path} HTTP/1.1\r\nHost: lambda\r\nContent-Type: #{content_type}\r\n#{headers}"
      "#{head}Content-Length: #{body.bytesize}\r\n\r\n".b << body.b
    end
  end
end

$stdout.sync = true
connection = Dipylon::Connection.new(ENV.delete('DIPYLON_RUNTIME_SOCKET'))
$LOAD_PATH.unshift(ENV['LAMBDA_TASK_ROOT'])
Dipylon::Runner.new(connection).run(ENV['_HANDLER'].to_s)
